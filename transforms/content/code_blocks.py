"""Rewrite blocks of code in a tree so that their text has the lines that a browser shows.

Highlighters put each line of code into an element of its own, or end it by `<br>`; they number the
lines in a gutter, in a column of a table, or in an element before each line. The plain text of such
code has no line breaks, and the numbers in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode

from transforms.html.dom import attribute, text_of

# Code, columns of line numbers, and code outside `<pre>` that keeps its white space or has breaks.
_COLUMNS = (
    ".gutter,.crayon-nums,.blob-num,.line-numbers,.linenos,.lineno,td.line-number,.ace_gutter"
)
_TOOLBAR = ".code-toolbar>.toolbar"  # of Prism: the language, and a button
# Code without `<pre>`: of editors (CodeMirror, Ace, Monaco), GitHub, LaTeXML and tex4ht.
_CONTAINERS = (
    ".CodeMirror-code,.ace_text-layer,.ace_static_highlight,.view-lines,.js-file-line-container,"
    ".ltx_listing,.lstlisting"
)
# By the pattern of `prefilter` without which nothing matches.
CODE_SELECTORS = {
    "pre": "pre",
    "white_space": "[style*='white-space']",
    "code_element": "code br",
    "code_class": f"[class]:is({_COLUMNS},{_TOOLBAR},{_CONTAINERS})",
}
_BLOCKS = frozenset(("div", "p", "li", "tr", "ol", "ul", "table", "tbody", "section", "figure"))
_BLOCK_STYLE = re.compile(r"display\s*:\s*(?:block|flex|grid|table-row|list-item)")
_PRE_STYLE = re.compile(r"white-space\s*:\s*(?:pre|pre-wrap|break-spaces)\s*(?:;|!|$)")
_LINE_CLASS = re.compile(r"(?i)(?:^|[\s_-])(?:line|cl|row|codeline)(?:\s|$)")
_NUMBER_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(?:gutter|ln|lnt|lnum|linenum\w*|lineno\w*|linenodiv|line[_-]?num\w*"
    r"|crayon-nums?|blob-num|hljs-ln-n\w*|rownum\w*|line-index|linenumber|gutter-elt|gutter-cell"
    r"|tag_listingline|numbering)(?=[\s_-]|$)"
)
# Of elements in code: buttons and labels of highlighters.
_BUTTON_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(?:copy-?(?:btn|button|code)\w*|hljs-button|extension-header|listing_data)"
    r"(?=[\s_-]|$)"
)
# Numbers of lines that only their colour tells, as on cnblogs.com.
_COLOURED_NUMBER = re.compile(r'^<span style="color: ?#008080;?">\s*\d+</span> ?', re.M)
_NUMBERS = re.compile(r"[\d\s.:|]*")
_SKIPPED = frozenset(("button", "script", "style", "template"))
_VOID = frozenset(("area", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_TOKEN = re.compile(r"[^<]+|<!--.*?-->|<(/?)([a-zA-Z][^\s/>]*)([^>]*)>", re.S)  # of serialised HTML
_SPAN = re.compile(r'<span [^>]*?class="([^"]*)"')
_REFERENCES = (("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_LEVELS = 5  # between a column of line numbers and the row of its table
# Of elements in a `<pre>`: those that change its text, at least; and those that may be lines of it.
_CHANGES_TEXT = (
    f"br,pre,{','.join(sorted(_BLOCKS | _SKIPPED))},[style*='display'],[style*='#008080'],"
    "[class]:is([class*='ln' i],[class*='copy' i],[class*='num' i],[class*='lineno' i],"
    "[class*='gutter' i],[class*='line-index' i])"
)
_MAY_BE_LINES = (
    "code,[data-line],[class]:is([class*='line' i],[class*='row' i],[class~='cl' i],"
    "[class*='-cl' i],[class*='_cl' i])"
)


def rewrite_code(document: DocumentNode, nodes: Iterable[ElementNode]) -> None:
    """Rewrite, in place, the code at elements that `CODE_SELECTORS` selected, in document order."""
    last: ElementNode | None = None  # the last block of code: elements in it are part of it
    for node in nodes:
        if last is not None and (last.contains(node) or not document.contains(node)):
            continue
        if node.tag != "pre" and node.matches(_COLUMNS):
            last = _rewrite_column(document, node) or last
        elif node.matches(_TOOLBAR) or (node.tag == "pre" and _is_gutter(node)):
            node.replace_with(document.create_text_node(""))
        elif (code := _code_element(node)) is not None:
            last = code
            _rewrite(document, code)


def _rewrite(document: DocumentNode, code: ElementNode) -> None:
    """Replace code by a `<pre>` with its lines as text, unless it is one already."""
    if code.tag == "pre" and _is_plain(code):
        return
    text = code_lines(code)
    if code.tag != "pre" and "\n" not in text.strip("\n"):
        return
    block = document.create_element("pre")
    block.append_child(document.create_text_node(text))
    code.replace_with(block)


def _is_plain(pre: ElementNode) -> bool:
    """Return whether the text of a `<pre>` is that of its text nodes; touches none of them."""
    if pre.query_selector(_CHANGES_TEXT) is not None:
        return False
    return len(pre.query_selector_all(_MAY_BE_LINES)) <= text_of(pre).strip().count("\n") + 1


def _rewrite_column(document: DocumentNode, numbers: ElementNode) -> ElementNode | None:
    """Empty a column of line numbers; code next to it that is not in `<pre>` becomes a `<pre>`.

    Return the element whose content has been replaced, or None.
    """
    code = numbers.next_element_sibling
    if code is None or not _NUMBERS.fullmatch(text_of(numbers)):
        return None
    has_pre = code.tag == "pre" or code.query_selector("pre") is not None
    if numbers.tag != "td" and not has_pre and not numbers.matches(".ace_gutter"):
        return None
    numbers.replace_children()
    if not has_pre and numbers.matches(".gutter,.crayon-nums"):
        block = document.create_element("pre")
        block.append_child(document.create_text_node(code_lines(code)))
        code.replace_children(block)
        return code
    return None


def _code_element(node: ElementNode) -> ElementNode | None:
    """Return the element whose text is the code, or None if the element is not code."""
    if node.tag == "pre" or node.matches(_CONTAINERS):
        return node
    if node.tag == "br":
        return node.closest("code") if node.closest("pre") is None else None
    if _PRE_STYLE.search(attribute(node, "style")) and node.query_selector("pre,p,br") is None:
        return node if node.closest("pre") is None else None
    return None


def _is_gutter(pre: ElementNode) -> bool:
    """Return whether a `<pre>` holds the numbers of the lines of code in a cell next to it."""
    text = text_of(pre)
    if not _NUMBERS.fullmatch(text) or not text.strip():
        return False
    node: DOMNode | None = pre
    for _ in range(_LEVELS):
        if not isinstance(node, ElementNode):
            return False
        if _NUMBER_CLASS.search(attribute(node, "class")):
            return True
        if node.tag == "td":
            code = node.next_element_sibling
            return code is not None and code.query_selector("pre,code") is not None
        node = node.parent
    return False


def code_lines(code: ElementNode) -> str:
    """Return the text of a block of code with its line breaks and without line numbers.

    Reads the HTML of the block, since its nodes would cost twenty times as much.
    """
    html = code.inner_html
    if len(_COLOURED_NUMBER.findall(html)) == html.strip("\n").count("\n") + 1:
        html = _COLOURED_NUMBER.sub("", html)
    reader = _Lines(code, html)
    position = 0
    while token := _TOKEN.match(html, position):
        position = token.end()
        end, tag, attributes = token.groups()
        if tag is None:
            reader.add(token[0])
        elif end:
            reader.end()
        elif tag in _SKIPPED:
            position = _end_of(html, tag, position)
        elif tag == "br":
            reader.add("\n")
        elif tag not in _VOID:
            reader.start(tag, attributes, position)
    return _unescape("".join(reader.pieces)).replace("\xa0", " ")


def _end_of(html: str, tag: str, position: int) -> int:
    """Return the end of an element that contains none of the same tag."""
    end = html.find(f"</{tag}>", position)
    return end + len(tag) + 3 if end >= 0 else len(html)


def _unescape(text: str) -> str:
    """Replace the character references that a serialiser writes."""
    for reference, character in _REFERENCES:
        text = text.replace(reference, character)
    return text


@dataclass(frozen=True, slots=True)
class _Element:
    """An open element of code: whether it is a line, and the state before it and at its start."""

    is_line: bool = False
    number: tuple[int, bool, int] | None = None  # if it may be one: pieces, `has_ended`, texts
    is_button: bool = False  # dropped, as numbers are
    opened: int = 0  # pieces at its start


_INLINE = _Element()


class _Lines:
    """Collects the lines of code; a line break after an element that ended a line is skipped."""

    def __init__(self, code: ElementNode, html: str) -> None:
        self.pieces: list[str] = []
        self.texts: list[str] = []  # of all text, with line numbers
        self.has_ended = False  # the last line was ended by an element
        self.elements: list[_Element] = []
        self.html = html
        # Lines in <span> or <code> are blocks by a style sheet if there are no line breaks.
        spans = sum(_LINE_CLASS.search(names) is not None for names in _SPAN.findall(html))
        spans += html.count("<span data-line=")
        self.codes = len(code.query_selector_all("code:not(:only-child)"))
        breaks = text_of(code).strip().count("\n") + len(code.query_selector_all("br"))
        has_blocks = code.query_selector("div,li,tr") is not None
        self.spans_are_lines = breaks < spans + self.codes - 1 and not has_blocks

    def add(self, text: str) -> None:
        self.texts.append(text)
        if self.has_ended and text.startswith("\n"):
            text = text[1:]
        if text:
            self.pieces.append(text)
            self.has_ended = False

    def start(self, tag: str, attributes: str, position: int) -> None:
        """Begin an element, whose start tag ends at `position`."""
        if not attributes and tag not in _BLOCKS and tag != "code":
            self.elements.append(_INLINE)
            return
        names = _attribute(attributes, "class")
        number = None
        is_button = bool(names) and _BUTTON_CLASS.search(names) is not None
        if is_button or (names and _NUMBER_CLASS.search(names)):
            number = len(self.pieces), self.has_ended, len(self.texts)
        is_line = self._is_line(tag, names, attributes, position)
        if is_line:
            if self.pieces and not self.pieces[-1].endswith("\n"):
                self.pieces.append("\n")
            self.has_ended = False
        self.elements.append(_Element(is_line, number, is_button, len(self.pieces)))

    def end(self) -> None:
        """End the last element; the numbers of lines are removed."""
        element = self.elements.pop() if self.elements else _INLINE
        if element.number is not None:
            pieces, has_ended, texts = element.number
            if element.is_button or _NUMBERS.fullmatch(_unescape("".join(self.texts[texts:]))):
                del self.pieces[pieces:]
                self.has_ended = has_ended
                return
        if element.is_line:
            is_empty = len(self.pieces) == element.opened
            if not self.has_ended and (is_empty or not self.pieces[-1].endswith("\n")):
                self.pieces.append("\n")
            self.has_ended = True

    def _is_line(self, tag: str, names: str, attributes: str, position: int) -> bool:
        if tag in _BLOCKS or _BLOCK_STYLE.search(_attribute(attributes, "style")):
            return True
        if not self.spans_are_lines:
            return False
        if tag == "code":  # the innermost of several
            following = self.html.find("<code", position)
            is_inner = following < 0 or following > self.html.find("</code>", position)
            return self.codes > 0 and is_inner
        if tag != "span":
            return False
        return _LINE_CLASS.search(names) is not None or attributes.startswith(" data-line=")


def _attribute(attributes: str, name: str) -> str:
    start = attributes.find(f' {name}="')
    return attributes[start + len(name) + 3 :].partition('"')[0] if start >= 0 else ""
