"""Guess the encoding of bytes when no declaration of it is correct.

Uses the chardet statistics in resiliparse, restricted to words with non-ASCII bytes (the rest of
the markup would drown them out), and corrects errors seen in practice: the statistics do not know
Korean, take runs of dashes for Chinese, and confuse related encodings.
"""

import re
from collections.abc import Iterable, Iterator

from resiliparse.parse.encoding import detect_encoding

WESTERN = "cp1252"  # the fallback: nearly any bytes decode
_MAX_BYTES = 200_000  # examined at the start of a page
_MAX_SAMPLE = 8_000  # bytes of those pieces that the statistics read, which cost 0.2 ms a kilobyte
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_CHUNK = 512  # bytes
_BEFORE = 60  # bytes without a tag before the first of a piece
# At least 400 bytes without a tag, up to a byte that is part of no character: none is cut.
_AFTER = re.compile(rb"[^<>]{0,400}[^<>\s]*+")
_REPLACEMENTS = {  # detected encoding -> the one that pages with such bytes use
    "gb2312": "gbk",
    "gb18030": "gbk",
    "koi8-r": "koi8-u",  # letters instead of box drawings
    "iso8859-3": WESTERN,  # Maltese and Esperanto pages use other encodings
    "iso8859-10": WESTERN,
    "iso8859-16": "cp1250",  # Romanian pages use its letters, with a cedilla
}
_MULTI_BYTE = {  # -> the codec that covers most of its characters
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_jp": "euc_jis_2004",
}
# Largest number of invalid characters per non-ASCII byte of a multi-byte page.
_MAX_ERROR_SHARE = 0.03
_INVALID = re.compile("[\ufffd\ue000-\uf8ff]")  # undecodable or unassigned
_HANGUL = re.compile("[\uac00-\ud7a3]")
_MIN_HANGUL_SHARE = 0.8  # share of non-ASCII characters; Chinese read as Korean has about .55
_CORRECTIONS = (  # (detected, bytes that are unlikely in it, encoding in which they are likely)
    ("iso8859-7", re.compile(rb"\xa2[\xdc-\xfe]"), "cp1253"),  # capital alpha with accent
    ("cp1253", re.compile(rb"\xb6[\xdc-\xfe]"), "iso8859-7"),
    (WESTERN, re.compile(rb"\xa4|[a-z]\xbd|\xbd[a-z]"), "iso8859-15"),  # euro sign, ligature oe
)
_WINDOWS_BYTES = re.compile(rb"[\x80-\x9f]")  # control characters in all of ISO 8859


def guess_encoding(html: bytes) -> str:
    """Return the most likely encoding, as HTML names it, of bytes that are not UTF-8.

    The fallback is WESTERN.

    >>> guess_encoding("\ud568\uc218\uac00 \uc5f0\uc18d\uc77c \ub54c".encode("euc-kr"))
    'euc_kr'
    """
    all_runs = list(_non_ascii_runs(html[:_MAX_BYTES]))
    runs = b"\n".join(_first(all_runs))
    if _is_korean(runs):
        return "euc_kr"
    detected = detect_encoding(runs) or WESTERN
    detected = _REPLACEMENTS.get(detected, detected)
    codec = _MULTI_BYTE.get(detected)
    if detected == "utf-8" or (codec and _has_many_errors(runs, codec)):
        detected = WESTERN
    everything = b"\n".join(all_runs)
    for name, pattern, other in _CORRECTIONS:
        if detected == name and pattern.search(everything):
            windows = _WINDOWS_BYTES.search(everything)
            return name if windows and other.startswith("iso") else other
    return detected


def _non_ascii_runs(html: bytes) -> Iterator[bytes]:
    """Yield the pieces of text with non-ASCII bytes, each with the words around them."""
    position = 0
    while (first := _first_non_ascii(html, position)) >= 0:
        start = max(position, first - _BEFORE)
        tag = max(html.rfind(b"<", start, first), html.rfind(b">", start, first))
        after = _AFTER.match(html, first)
        position = after.end() if after else first + 1
        yield html[max(start, tag + 1) : position]


def _first_non_ascii(html: bytes, position: int) -> int:
    """Return the offset of the first non-ASCII byte from `position` on, or -1."""
    while position < len(html):
        # Ten times as fast as a search for one.
        if html[position : position + _CHUNK].isascii():
            position += _CHUNK
        elif match := _NON_ASCII.search(html, position):
            return match.start()
    return -1


def _first(runs: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the first runs, up to the one that reaches `_MAX_SAMPLE` bytes."""
    size = 0
    for run in runs:
        yield run
        size += len(run)
        if size >= _MAX_SAMPLE:
            return


def _is_korean(runs: bytes) -> bool:
    text = runs.decode("euc_kr", "replace")
    non_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return non_ascii > 0 and len(_HANGUL.findall(text)) >= _MIN_HANGUL_SHARE * non_ascii


def _has_many_errors(runs: bytes, codec: str) -> bool:
    """Return whether damage cannot explain the number of undecodable bytes."""
    non_ascii = len(runs) - len(runs.translate(None, bytes(range(0x80, 0x100))))
    return len(_INVALID.findall(runs.decode(codec, "replace"))) > _MAX_ERROR_SHARE * non_ascii + 1
