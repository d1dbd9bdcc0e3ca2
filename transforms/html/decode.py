"""Decode the bytes of an HTML page when HTTP header, meta element and bytes disagree."""

import codecs
import re

from resiliparse.parse.encoding import map_encoding_to_html5

from transforms.html.guess_encoding import WESTERN, guess_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Largest share of invalid bytes among the non-ASCII ones of a page that is read as UTF-8.
_MAX_INVALID_SHARE = 0.1
_NON_ASCII = bytes(range(0x80, 0x100))
_IN_HEADER = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
_HEAD = 32_768  # bytes; browsers read the first 1,024, real pages have scripts before the meta
_COMMENT = re.compile(rb"<!--.{0,8192}?-->", re.S)
_IN_HTML = re.compile(
    rb"<meta\s[^>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})"
    rb"|<\?xml\s[^>]{0,100}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})",
    re.I,
)
_CODECS_BY_ENCODING = {  # HTML's encoding -> codecs that such pages really use, best first
    "gbk": ("gb18030",),
    "big5": ("big5", "big5hkscs", "cp950"),
    "euc_kr": ("euc_kr", "cp949"),
    "shift_jis": ("cp932",),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
    "iso8859-11": ("cp874",),
}
_UNLISTED = {  # labels that pages use but HTML does not list; letters and digits only
    "cp949": "euc_kr",
    "ms949": "euc_kr",
    "uhc": "euc_kr",
    "cp932": "shift_jis",
    "cp936": "gbk",
    "cp950": "big5",
    "eucjp": "euc_jp",
    "euckr": "euc_kr",
    "hzgb2312": "hz",
}
_WINDOWS_PAGE = re.compile(r"(?:windows|win|cp|ms)(125[0-8]|866|874)")
_ESCAPES = (  # escape sequences of encodings that use ASCII bytes only
    (b"\x1b$B", "iso2022_jp_ext"),
    (b"\x1b$@", "iso2022_jp_ext"),
    (b"\x1b(I", "iso2022_jp_ext"),
    (b"\x1b$)C", "iso2022_kr"),
)
_UNLIKE_WESTERN = re.compile(
    "gb|big5|jis|jp|kr|1251|koi8|1253|1255|1256|874|iso8859-(?:[5678]|11)$"
)


def decode_html(html: bytes, content_type: str | None = None) -> str:
    r"""Return the text of a page; undecodable bytes become U+FFFD, and NULs are removed.

    The first encoding that fits wins: byte order mark; UTF-8 (a truncated last character is
    allowed); the HTTP header; a meta element or XML declaration; UTF-8 with some invalid bytes; a
    guess from the bytes. Western (cp1252), which nearly any bytes fit, is only used if the guess
    does not contradict it.

    >>> decode_html("na\xefve".encode("latin-1"), "text/html; charset=iso-8859-1")
    'na\xefve'
    """
    text = _decode(html, content_type or "")
    # Searching bytes is faster than searching wide characters; a decoded NUL is a NUL byte.
    return text.replace("\0", "") if b"\0" in html else text


def _decode(html: bytes, content_type: str) -> str:
    for bom, encoding in _BOMS:
        if html.startswith(bom):
            return html[len(bom) :].decode(encoding, "replace")
    if utf_16 := _utf_16(html[:1000]):
        return html.decode(utf_16, "replace")
    if html.isascii():
        return html.decode(_escaped(html, content_type), "replace")
    if (text := _strict(html, "utf-8")) is not None:
        return text
    declared = _declared(html, content_type)
    for codec in declared:
        text = None if codec == WESTERN else _strict(html, codec)
        if text is not None:
            return text
    repaired = html.decode("utf-8", "replace")
    if repaired.count("\ufffd") <= _MAX_INVALID_SHARE * (
        len(html) - len(html.translate(None, _NON_ASCII))
    ):
        return repaired
    guess = guess_encoding(html)
    if WESTERN in declared and not _UNLIKE_WESTERN.search(guess):
        guess = WESTERN
    fitting = (_strict(html, codec) for codec in _CODECS_BY_ENCODING.get(guess, ()))
    return next(filter(None, fitting), None) or html.decode(guess, "replace")


def _utf_16(start: bytes) -> str | None:
    """Return the UTF-16 codec of `start` if more than half of every other byte is NUL."""
    high, low = start[::2].count(0), start[1::2].count(0)
    if max(high, low) <= len(start) / 4:
        return None
    return "utf-16-be" if high > low else "utf-16-le"


def _escaped(html: bytes, content_type: str) -> str:
    """Return the codec for bytes that are all ASCII.

    Escape sequences identify their encoding; the tilde sequences of HZ also occur in plain ASCII,
    so HZ has to be declared.
    """
    if b"\x1b" in html:
        for escape, codec in _ESCAPES:
            if escape in html:
                return codec
    return "hz" if b"~{" in html and "hz" in _declared(html, content_type) else "ascii"


def _declared(html: bytes, content_type: str) -> list[str]:
    """Return the codecs of the encodings that the HTTP header and the page declare."""
    labels = [match[1] for match in [_IN_HEADER.search(content_type)] if match]
    if in_html := _IN_HTML.search(_COMMENT.sub(b"", html[:_HEAD])):
        labels.append((in_html[1] or in_html[2]).decode("latin-1"))
    return [codec for label in labels for codec in _codecs_for_label(label)]


def _codecs_for_label(label: str) -> tuple[str, ...]:
    """Return the codecs to try for an encoding label; none for UTF-8, UTF-16 and unknown labels.

    >>> _codecs_for_label("GB2312"), _codecs_for_label("win-1251"), _codecs_for_label("utf-7")
    (('gb18030',), ('cp1251',), ())
    """
    name = map_encoding_to_html5(label) or "utf-8"
    if name == "utf-8":  # also the fallback for unknown labels
        short = re.sub("[^a-z0-9]", "", label.lower())
        page = _WINDOWS_PAGE.fullmatch(short)
        name = f"cp{page[1]}" if page else _UNLISTED.get(short, name)
    if name.startswith("utf"):  # the bytes have already ruled it out
        return ()
    return _CODECS_BY_ENCODING.get(name, (name,))


def _strict(html: bytes, encoding: str) -> str | None:
    """Decode `html`, except a truncated character at its end; return None if that fails."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(html)
    except UnicodeDecodeError:
        return None
