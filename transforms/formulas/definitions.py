r"""Remove the elements of a page that only define macros, visible or hidden.

They render nothing, but hidden text counts as lost text, and a course's `\newcommand`s are often
longer than its page. Macros are collected from the source, so none is lost.
"""

import re

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode

from transforms.html.dom import attribute, text_of
from transforms.latex.macros import without_definitions

_COMMANDS = (
    r"\newcommand", r"\renewcommand", r"\providecommand", r"\def", r"\gdef", r"\let",
    r"\DeclareMathOperator", r"\require",
)  # fmt: skip
_COMMAND = re.compile(rf"\\(?:{'|'.join(command[1:] for command in _COMMANDS)})")
# Elements with a text node that contains a command: `:lexbor-contains` is the parser's own.
_DEFINES = {
    command: ':not(script,style):lexbor-contains("{}")'.format(command.replace("\\", "\\\\"))
    for command in _COMMANDS
}
_BLOCKS = frozenset(("div", "p", "span", "section", "td", "li", "center", "dd", "figure"))
_MAX_LEVELS = 50  # from a definition up to the element that holds nothing else
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_NO_CONTENT = re.compile(
    r"(?:\\[()\[\]]|[$\s{};]|\[/?(?:tex|latex|math)\]|\\(?:begingroup|endgroup|makeat(?:letter|other)"
    r"|displaystyle|relax|ensuremath|begin\{(?:equation|align|gather)\*?\}|end\{(?:equation|align"
    r"|gather)\*?\})|\\\\)*+"
)
_HIDDEN = re.compile(r"display:\s?none|visibility:\s?hidden", re.I)
_HIDDEN_CLASS = re.compile(
    r"(?:^|[\s_-])(?:hidden|d-none|latex-?macros|macros|preamble)(?:$|[\s_-])"
)
_MOSTLY = 0.3  # share of a hidden element that may be left without its definitions
_MAX_TEXT = 200_000  # characters


def remove_definitions(document: DocumentNode, html: str) -> None:
    """Remove elements whose whole text defines macros, in place; `html` is the page's source."""
    selectors = [_DEFINES[command] for command in sorted(_commands_outside_scripts(html))]
    if not selectors:
        return
    rejected: set[DOMNode] = set()
    removed: ElementNode | None = None
    for node in document.query_selector_all(",".join(selectors))[:]:
        if removed is not None and removed.contains(node):
            continue
        outermost = _outermost(node, rejected)
        if outermost is not None:
            outermost.replace_with(document.create_text_node(""))
            removed = outermost


def _commands_outside_scripts(html: str) -> set[str]:
    commands: set[str] = set()
    start, end = 0, -1  # of the last script that begins before a command, or the next one
    for match in _COMMAND.finditer(html):
        while end < match.start() and start >= 0:
            start = html.find("<script", max(end, 0))
            end = html.find("</script", start) if start >= 0 else end
            end = end if end >= 0 else len(html)
        if not 0 <= start < match.start() < end:
            commands.add(match[0])
    return commands


def _outermost(node: ElementNode, rejected: set[DOMNode]) -> ElementNode | None:
    """Return the outermost of an element and its ancestors that only defines macros, or None.

    `rejected` has the ancestors of earlier elements, none of which is one; it is updated.
    """
    outermost: ElementNode | None = None
    ancestor: DOMNode | None = node
    has_else = False
    for _ in range(_MAX_LEVELS):
        if not isinstance(ancestor, ElementNode) or ancestor in rejected:
            break
        # What holds something else holds it all the more with its siblings, unless it is hidden.
        if ancestor.tag in _BLOCKS and (not has_else or _is_hidden(ancestor)):
            has_else = not _only_defines(ancestor, text_of(ancestor))
            outermost = outermost if has_else else ancestor
        rejected.add(ancestor)
        ancestor = ancestor.parent
    return outermost


def _only_defines(node: ElementNode, text: str) -> bool:
    if len(text) > _MAX_TEXT or not any(command in text for command in _COMMANDS):
        return False
    rest = without_definitions(_COMMENT.sub("", text))
    if _NO_CONTENT.fullmatch(rest):
        return node.query_selector("img,svg,math,pre,code") is None
    return _is_hidden(node) and len(rest) < _MOSTLY * len(text)


def _is_hidden(node: ElementNode) -> bool:
    names = f"{attribute(node, 'class')} {attribute(node, 'id')}"
    style = attribute(node, "style")
    return bool(node.hasattr("hidden") or _HIDDEN.search(style) or _HIDDEN_CLASS.search(names))
