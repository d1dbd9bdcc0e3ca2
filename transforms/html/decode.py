"""Bytes of an HTML page to text: which encoding, when header, meta element and bytes disagree."""

import codecs
import re

from resiliparse.parse.encoding import map_encoding_to_html5

from transforms.html.guess_encoding import WESTERN, guess_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOSTLY = 0.1  # share of a page's non-ASCII bytes that may be no UTF-8 for it to pass as UTF-8
_NON_ASCII = bytes(range(0x80, 0x100))
_IN_HEADER = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
_HEAD = 32_768  # bytes; browsers look at the first 1,024, real pages have scripts before it
_COMMENT = re.compile(rb"<!--.{0,8192}?-->", re.S)
_IN_HTML = re.compile(
    rb"<meta\s[^>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})"
    rb"|<\?xml\s[^>]{0,100}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})",
    re.I,
)
_CODECS = {  # HTML's encodings -> codecs of what pages that declare them really use, best first
    "gbk": ("gb18030",),
    "big5": ("big5", "big5hkscs", "cp950"),
    "euc_kr": ("euc_kr", "cp949"),
    "shift_jis": ("cp932",),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
    "iso8859-11": ("cp874",),
}
_UNLISTED = {  # labels that HTML does not know and pages have, letters and digits of them
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
_ESCAPES = (  # of encodings that write everything with ASCII bytes
    (b"\x1b$B", "iso2022_jp_ext"),
    (b"\x1b$@", "iso2022_jp_ext"),
    (b"\x1b(I", "iso2022_jp_ext"),
    (b"\x1b$)C", "iso2022_kr"),
)
_UNLIKE_WESTERN = re.compile("gb|big5|jis|jp|kr|1251|koi8|1253|1255|1256|874|iso8859-[5678]$")


def decode_html(html: bytes, content_type: str | None = None) -> str:
    r"""Return the text of a page; bytes that its encoding lacks become U+FFFD, NULs vanish.

    The first that fits: byte order mark; UTF-8 (but for a cut last character); what the HTTP header
    says; what a meta element or XML declaration says; UTF-8 with some broken characters; what the
    bytes look like. What nearly any bytes fit (Western) is believed only where they look like it.

    >>> decode_html("na\xefve".encode("latin-1"), "text/html; charset=iso-8859-1")
    'na\xefve'
    """
    text = _decode(html, content_type or "")
    # Bytes are searched faster than wide characters; a NUL that is decoded is one in the bytes.
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
    mended = html.decode("utf-8", "replace")
    if mended.count("\ufffd") <= _MOSTLY * (len(html) - len(html.translate(None, _NON_ASCII))):
        return mended
    guess = guess_encoding(html)
    if WESTERN in declared and not _UNLIKE_WESTERN.search(guess):
        guess = WESTERN
    fitting = (_strict(html, codec) for codec in _CODECS.get(guess, ()))
    return next(filter(None, fitting), None) or html.decode(guess, "replace")


def _utf_16(start: bytes) -> str | None:
    """Return the byte order that `start` has if every other byte of most of it is NUL."""
    high, low = start[::2].count(0), start[1::2].count(0)
    if max(high, low) <= len(start) / 4:
        return None
    return "utf-16-be" if high > low else "utf-16-le"


def _escaped(html: bytes, content_type: str) -> str:
    """Return the codec for bytes that are all ASCII.

    Escapes say enough; the signs of HZ may be anybody's, so it has to be declared.
    """
    if b"\x1b" in html:
        for escape, codec in _ESCAPES:
            if escape in html:
                return codec
    return "hz" if b"~{" in html and "hz" in _declared(html, content_type) else "ascii"


def _declared(html: bytes, content_type: str) -> list[str]:
    """Return codecs for the encodings that the HTTP header and the page itself name."""
    labels = [found[1] for found in [_IN_HEADER.search(content_type)] if found]
    if in_html := _IN_HTML.search(_COMMENT.sub(b"", html[:_HEAD])):
        labels.append((in_html[1] or in_html[2]).decode("latin-1"))
    return [codec for label in labels for codec in _codecs_of(label)]


def _codecs_of(label: str) -> tuple[str, ...]:
    """Return the codecs to try for an encoding's label; none for UTF-8, UTF-16 and the unknown.

    >>> _codecs_of("GB2312"), _codecs_of("win-1251"), _codecs_of("utf-7")
    (('gb18030',), ('cp1251',), ())
    """
    name = map_encoding_to_html5(label) or "utf-8"
    if name == "utf-8":  # which is also the answer for what is not known
        short = re.sub("[^a-z0-9]", "", label.lower())
        page = _WINDOWS_PAGE.fullmatch(short)
        name = f"cp{page[1]}" if page else _UNLISTED.get(short, name)
    if name.startswith("utf"):  # the bytes would have shown it
        return ()
    return _CODECS.get(name, (name,))


def _strict(html: bytes, encoding: str) -> str | None:
    """Decode all of `html`, but for a character that is cut at its end; None where that fails."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(html)
    except UnicodeDecodeError:
        return None
