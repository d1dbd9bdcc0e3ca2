"""The encoding that bytes look like, where nothing that names one is true.

Chardet's statistics, as resiliparse has them, asked about the words that are not ASCII alone (in a
page of markup the few others count for nothing), and mended where they were seen to err: they know
no Korean, take runs of dashes for Chinese, and siblings of an encoding for one another.
"""

import re

from resiliparse.parse.encoding import detect_encoding

WESTERN = "cp1252"  # what is left when nothing else fits: nearly any bytes decode
_SEEN = 200_000  # bytes that are looked at
_PIECE = re.compile(rb"[^<>\x80-\xff]{0,60}[\x80-\xff][^<>]{0,400}")
_SUCCESSORS = {  # what is detected -> what pages use that look like it
    "gb2312": "gbk",
    "gb18030": "gbk",
    "koi8-r": "koi8-u",  # letters in the place of box drawings
    "iso8859-3": WESTERN,  # Maltese and Esperanto are written otherwise
    "iso8859-10": WESTERN,
    "iso8859-16": "cp1250",  # Romanian pages have its letters from there, if with a cedilla
}
_MULTI_BYTE = {  # -> the codec that has most of its characters
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_jp": "euc_jis_2004",
}
_MOST_ERRORS = 0.03  # of the non-ASCII bytes of a page in a multi-byte encoding: half a character
_NO_CHARACTER = re.compile("[\ufffd\ue000-\uf8ff]")  # none at all, or one that nobody assigned
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LEAST_HANGUL = 0.8  # of the characters that are not ASCII; Chinese read as Korean has some .55
_TELLING = (  # (detected, bytes that it does not use so, what does)
    ("iso8859-7", re.compile(rb"\xa2[\xdc-\xfe]"), "cp1253"),  # capital alpha with accent
    ("cp1253", re.compile(rb"\xb6[\xdc-\xfe]"), "iso8859-7"),
    (WESTERN, re.compile(rb"\xa4|[a-z]\xbd|\xbd[a-z]"), "iso8859-15"),  # euro sign, ligature oe
)
_WINDOWS_BYTES = re.compile(rb"[\x80-\x9f]")  # control characters to all of ISO 8859


def guess_encoding(html: bytes) -> str:
    """Return an encoding, by HTML's names, of bytes that are no UTF-8; Western if none is likelier.

    >>> guess_encoding("\ud568\uc218\uac00 \uc5f0\uc18d\uc77c \ub54c".encode("euc-kr"))
    'euc_kr'
    """
    pieces = b"\n".join(_PIECE.findall(html[:_SEEN]))
    if _is_korean(pieces):
        return "euc_kr"
    detected = detect_encoding(pieces) or WESTERN
    detected = _SUCCESSORS.get(detected, detected)
    codec = _MULTI_BYTE.get(detected)
    if detected == "utf-8" or (codec and _errors(pieces, codec)):
        detected = WESTERN
    for name, pattern, other in _TELLING:
        if detected == name and pattern.search(pieces):
            windows = _WINDOWS_BYTES.search(pieces)
            return name if windows and other.startswith("iso") else other
    return detected


def _is_korean(pieces: bytes) -> bool:
    text = pieces.decode("euc_kr", "replace")
    foreign = sum(not character.isascii() for character in text)
    return foreign > 0 and len(_HANGUL.findall(text)) >= _LEAST_HANGUL * foreign


def _errors(pieces: bytes, codec: str) -> bool:
    """Say whether more cannot be decoded than damage explains."""
    foreign = len(pieces) - len(pieces.translate(None, bytes(range(0x80, 0x100))))
    return len(_NO_CHARACTER.findall(pieces.decode(codec, "replace"))) > _MOST_ERRORS * foreign + 1
