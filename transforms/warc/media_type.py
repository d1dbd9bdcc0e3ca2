"""Decide whether a response is an HTML page, by its media type and by its first bytes.

As browsers do (WHATWG, "MIME Sniffing"), with the differences that feeds, and XML and JSON that are
declared as HTML, are no pages, and that XML whose root is `html` is one.
"""

import codecs
import json
import re

_HTML = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_XML = ("application/xml", "text/xml")
_UNTYPED = (
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-unknown-content-type",
    "application/unknown",
    "unknown/unknown",
    "content/unknown",
)
_ESSENCE = re.compile(r"[\s\"']*([\w!#$&^.+-]+/[\w!#$&^.+-]+)", re.ASCII)
_BINARY = re.compile(rb"%pdf-|\x89png|gif8|\xff\xd8\xff|pk\x03\x04|\x1f\x8b")
_BLANK = re.compile(rb"[\s\0]*+")
_MAX_PROLOG = 1000  # comments, instructions and declarations before the first element
_UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UTF_16_HEAD = 65_536  # bytes of a page in UTF-16 that are examined
_ROOT = re.compile(rb"<([a-z][^\s<>/]{0,40})")
_DOCTYPE = re.compile(rb"<!doctype\s+([^\s<>\[]{1,40})")
_FEED = re.compile(rb"<(?:rss|feed|rdf:rdf|urlset|sitemapindex|opml)(?=[\s>/])")
# Elements with which a page without a type may begin.
_ELEMENT = re.compile(
    rb"<(?:html|head|title|meta|link|base|style|script|noscript|body|frameset|iframe|div|span|p|br"
    rb"|hr|h[1-6]|a|b|i|u|em|strong|font|center|img|table|form|ul|ol|dl|pre|blockquote|section"
    rb"|article|main|nav|header|footer|aside)(?=[\s>/])"
)


def media_type(declared: str) -> str:
    """Return the media type of a header without parameters, or "" if it has none.

    Of several types the last counts (WHATWG, "Fetch", section 3.5).

    >>> media_type("text/html, Text/HTML; charset=utf-8"), media_type("html")
    ('text/html', '')
    """
    types = [match[1].lower() for match in map(_ESSENCE.match, declared.split(",")) if match]
    return next((name for name in reversed(types) if name != "*/*"), "")


def may_be_html(name: str) -> bool:
    """Return whether a response with this media type can be a page."""
    return name in _HTML or name in _XML or name in _UNTYPED


def is_html(name: str, body: bytes) -> bool:
    """Return whether a response with this media type and decoded body is a page."""
    start = _Prolog(body)
    if _BINARY.match(start.start):
        return False
    if name in _XML:
        return start.is_html
    if name in _UNTYPED:
        return start.is_html or start.looks_like_html()
    return not (start.is_other_xml() or start.is_json())


def is_blank(body: bytes) -> bool:
    """Return whether a body has nothing but white space, NULs and byte order marks."""
    for bom in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if body.startswith(bom):
            return _skip_blank(body, len(bom)) == len(body)
    return _skip_blank(body, 0) == len(body)


class _Prolog:
    """What stands before the first element or text of a body, and its first bytes."""

    def __init__(self, body: bytes) -> None:
        self.body = _as_ascii(body)
        self.is_xml = False  # it has an XML declaration or a stylesheet
        self.has_comment = False
        self.doctype = b""
        self.position = 0
        for _ in range(_MAX_PROLOG):
            self.position = _skip_blank(self.body, self.position)
            if not self._skip():
                break
        self.start = self.body[self.position : self.position + 64].lower()
        root = _ROOT.match(self.start)
        self.root = root[1] if root else b""

    def _skip(self) -> bool:
        """Skip a comment, an instruction or a declaration; return whether there was one."""
        head = self.body[self.position : self.position + 64].lower()
        if head.startswith(b"<!--"):
            self.has_comment = True
            return self._skip_to(b"-->")
        if head.startswith(b"<?"):
            self.is_xml = self.is_xml or head.startswith(b"<?xml")
            return self._skip_to(b"?>" if head.startswith(b"<?xml") else b">")
        if doctype := _DOCTYPE.match(head):
            self.doctype = doctype[1]
            end = self.body.find(b">", self.position)
            has_subset = self.body.find(b"[", self.position, max(end, self.position)) >= 0
            return self._skip_to(b"]" if has_subset else b">")
        return self.doctype != b"" and head.startswith(b">") and self._skip_to(b">")

    def _skip_to(self, end: bytes) -> bool:
        position = self.body.find(end, self.position)
        self.position = len(self.body) if position < 0 else position + len(end)
        return True

    @property
    def is_html(self) -> bool:
        """Return whether the root is declared or written as `html`."""
        return self.doctype in (b"html", b"") and (self.doctype == b"html" or self.root == b"html")

    def looks_like_html(self) -> bool:
        """Return whether a body without a type begins like a page."""
        if self.is_xml or self.doctype:
            return False
        if _ELEMENT.match(self.start):
            return True
        return self.has_comment and self.start[:1] not in (b"", b"<", b"{", b"[")

    def is_other_xml(self) -> bool:
        """Return whether the body is a feed, or XML whose root is no element of HTML."""
        if _FEED.match(self.start) or self.doctype == b"svg":
            return True
        is_named = self.root != b"" and not _ELEMENT.match(self.start)
        return self.is_xml and self.doctype != b"html" and is_named

    def is_json(self) -> bool:
        """Return whether the body is a JSON object or array."""
        if self.start[:1] not in (b"{", b"["):
            return False
        try:
            json.loads(self.body)
        except RecursionError:
            return True
        except ValueError:
            return False
        return True


def _as_ascii(body: bytes) -> bytes:
    """Return a body without its byte order mark; in UTF-16, its first characters as UTF-8."""
    for bom, encoding in _UTF_16:
        less_than = "<".encode(encoding)  # of markup without a byte order mark
        if body.startswith((bom, less_than)):
            return body[:_UTF_16_HEAD].decode(encoding, "replace").lstrip("\ufeff").encode()
    return body.removeprefix(codecs.BOM_UTF8)


def _skip_blank(body: bytes, position: int) -> int:
    blank = _BLANK.match(body, position)
    return blank.end() if blank else position
