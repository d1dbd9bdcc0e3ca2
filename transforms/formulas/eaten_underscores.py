r"""Put back the underscores of formulas that a Markdown renderer took for emphasis.

`$x_1 + y_2$` became `$x<em>1 + y</em>2$`: between the delimiters of a formula, the start and the
end of an `<em>` within a word are underscores.
"""

import re

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode

from transforms.html.dom import text_of

_TAG = re.compile("<(?:em|i)>")
_OPENERS = ("$", r"\(", r"\[")
_REACH = 402  # characters before a tag in which an opener is searched, within its line and text
_FORMULA = re.compile(
    r"\$\$[^$]{1,3000}\$\$|(?<![\\$])\$[^$]{1,1000}\$|\\\(.{1,1000}?\\\)|\\\[.{1,3000}?\\\]", re.S
)
_EMPHASIS = ("em", "i")
_IN_WORD = re.compile(r"[\w)}\]|'^]")
_GOES_ON = re.compile(r"[\w{\\(]")
_OPEN, _CLOSE = "\x01", "\x02"  # no characters of HTML
_PROSE = re.compile(r"[a-z]{3,}[,;]? [a-z]{3,} [a-z]{2,}")
_MAX_CHILDREN = 2_000


def restore_underscores(document: DocumentNode, html: str) -> None:
    """Write emphasis in formulas as underscores, in place; `html` is the page's source."""
    if not any(_is_after_opener(html, tag.start()) for tag in _TAG.finditer(html)):
        return
    last: DOMNode | None = None
    for node in document.query_selector_all("em,i")[:]:
        parent = node.parent
        if isinstance(parent, ElementNode) and parent != last:
            last = parent
            _restore(document, parent)


def _is_after_opener(html: str, position: int) -> bool:
    """Return whether the opener of a formula is before `position` in the same line and text."""
    start = max(0, position - _REACH)
    start = max(start, *(html.rfind(end, start, position) for end in "<>\n"))
    return any(html.find(opener, start, position) >= 0 for opener in _OPENERS)


def _restore(document: DocumentNode, parent: ElementNode) -> None:
    children = parent.child_nodes[:_MAX_CHILDREN]
    pieces = [_piece(child) for child in children]
    text = "".join(pieces)
    formulas = [
        match.span()
        for match in _FORMULA.finditer(text)
        if (_OPEN in match[0] or _CLOSE in match[0]) and not _PROSE.search(match[0])
    ]
    start = 0
    for child, piece in zip(children, pieces, strict=True):
        end = start + len(piece)
        within_words = _IN_WORD.match(text[start - 1 : start]) and _GOES_ON.match(text, end)
        in_formula = _is_inside(start, formulas) and _is_inside(end - 1, formulas)
        if isinstance(child, ElementNode) and within_words and in_formula and piece[:1] == _OPEN:
            before = "" if text[start - 1] in "_^" else "_"
            after = "" if piece[-2] in "_^" else "_"
            child.replace_with(document.create_text_node(f"{before}{piece[1:-1]}{after}"))
        start = end


def _piece(child: DOMNode) -> str:
    text = text_of(child)
    if child.tag in _EMPHASIS and text and text == text.strip():
        return f"{_OPEN}{text}{_CLOSE}"
    return text


def _is_inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < position < end for start, end in spans)
