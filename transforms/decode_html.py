"""Bytes of an HTML page to text: which encoding, when header, meta element and bytes disagree."""

import codecs
import re

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
_META_BYTES = 4096  # browsers look for the declaration in the first 1,024; real pages put it later
_MOSTLY = 0.01  # share of a page's non-ASCII bytes that may be no UTF-8 for it to pass as UTF-8
_NON_ASCII = bytes(range(0x80, 0x100))
_SUPERSETS = {  # what pages that declare the one really use
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
_WESTERN = (
    "cp1252"  # also what browsers read ISO-8859-1 as; nearly any bytes decode, proving nothing
)
_UNLIKE_WESTERN = re.compile("gb|big5|jis|jp|kr|1251|koi8|1253|1255|1256|874")


def decode_html(html: bytes, content_type: str | None = None) -> str:
    """Return the text of a page; bytes that its encoding lacks become U+FFFD, NULs vanish.

    The first that fits: byte order mark; UTF-8 (but for a cut last character); what the HTTP header
    says; what a meta element says; UTF-8 with a few broken characters; what the bytes look like.

    >>> decode_html("naïve".encode("latin-1"), "text/html; charset=iso-8859-1")
    'naïve'
    """
    return _decode(html, content_type or "").replace("\0", "")


def _decode(html: bytes, content_type: str) -> str:
    for bom, encoding in _BOMS:
        if html.startswith(bom):
            return html[len(bom) :].decode(encoding, "replace")
    if utf_16 := _utf_16(html[:1000]):
        return html.decode(utf_16, "replace")
    declared = _declared(html, content_type)
    if "iso2022_jp" in declared and b"\x1b" in html:  # all its bytes are ASCII
        return html.decode("iso2022_jp", "replace")
    for encoding in ["utf-8", *declared]:
        text = None if encoding == _WESTERN else _strict(html, encoding)
        if text is not None:
            return text
    mended = html.decode("utf-8", "replace")
    if mended.count("\ufffd") <= _MOSTLY * (len(html) - len(html.translate(None, _NON_ASCII))):
        return mended
    return html.decode(_detected(html, declared), "replace")


def _utf_16(start: bytes) -> str | None:
    """Return the byte order that `start` has if every other byte of most of it is NUL."""
    high, low = start[::2].count(0), start[1::2].count(0)
    if max(high, low) <= len(start) / 4:
        return None
    return "utf-16-be" if high > low else "utf-16-le"


def _declared(html: bytes, content_type: str) -> list[str]:
    """Return the encodings named by the HTTP header and the first meta element, as codecs."""
    names = [_CHARSET.search(content_type), _CHARSET.search(html[:_META_BYTES].decode("latin-1"))]
    mapped = [map_encoding_to_html5(found[1]) or "utf-8" for found in names if found]
    return [codecs.lookup(_SUPERSETS.get(name, name)).name for name in mapped]


def _strict(html: bytes, encoding: str) -> str | None:
    """Decode all of `html`, but for a character that is cut at its end; None where that fails."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(html)
    except UnicodeDecodeError:
        return None


def _detected(html: bytes, declared: list[str]) -> str:
    """Return what the bytes look like, or Western if that is declared and they may be."""
    detected = detect_encoding(html) or "utf-8"
    if detected == "utf-8" or (_WESTERN in declared and not _UNLIKE_WESTERN.search(detected)):
        return _WESTERN
    return _SUPERSETS.get(detected, detected)
