"""Rewrite XHTML that was served as XML, so that a parser of HTML reads the same elements.

In XML, `<script src="a.js"/>` is a whole element; in HTML it is a start tag, and the rest of the
page would be its content.
"""

import re

_XML_TYPE = re.compile(
    r"application/xhtml\+xml|(?:application|text)/xml|application/vnd\.wap", re.I
)
_EMPTY_ELEMENT = re.compile(r"<([a-zA-Z][\w:.-]{0,40})(\s[^<>]{0,2000}|)/>")
# Its declarations of entities and the like, which a parser of HTML takes for text.
_DOCTYPE = re.compile(r"<!doctype\b", re.I)
_SUBSET = re.compile(r"(<!doctype\b[^\[<>]{0,1000})\[[^\]]{0,100000}\]\s{0,99}>", re.I)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "wbr")
)


def is_xhtml(html: str, content_type: str | None) -> bool:
    """Return whether a page was served as XML, or has an XML declaration and no type."""
    if content_type:
        return _XML_TYPE.search(content_type) is not None
    return html.startswith("<?xml")


def with_end_tags(xhtml: str) -> str:
    """Return a page with an end tag for each element that XML allows to be written without one.

    The internal subset of its document type is removed.

    >>> with_end_tags('<p>a<br/><a id="b"/>c</p>')
    '<p>a<br/><a id="b"></a>c</p>'
    """
    return _EMPTY_ELEMENT.sub(_with_end_tag, _without_subset(xhtml))


def _without_subset(xhtml: str) -> str:
    doctype = _DOCTYPE.search(xhtml)
    subset = doctype and _SUBSET.match(xhtml, doctype.start())
    return f"{xhtml[: subset.start()]}{subset[1]}>{xhtml[subset.end() :]}" if subset else xhtml


def _with_end_tag(tag: re.Match[str]) -> str:
    name = tag[1]
    return tag[0] if name.lower() in _VOID else f"<{name}{tag[2]}></{name}>"
