r"""Keep delimiters in code from being read as delimiters of formulas.

During the search for formulas, the characters that delimit them are replaced in code, one for one,
by Unicode noncharacters, which no page contains. The layout of the code is unchanged.
"""

import re
from collections.abc import Iterable

from resiliparse.parse.html import DOMNode, ElementNode, NodeType

from transforms.html.dom import text_of

HIDDEN_DOLLAR = "\ufdd0"
_HIDDEN = {"$": HIDDEN_DOLLAR, "\\": "\ufdd1", "`": "\ufdd2", "[": "\ufdd3", "#": "\ufdd4"}
_HIDE = str.maketrans(_HIDDEN)
_HIDEABLE = re.compile(r"[$\\`\[#]")
_DELIMITERS = re.compile(r"[$\\`]|\[/|##")
_MAX_NODES = 50_000  # on a page
_TEXT = re.compile(r">[^<]+")
_NEEDS_NODES = re.compile("<su[bp]|\ue000")  # nodes that others hold: scripts and placeholders


def protect_code(elements: Iterable[ElementNode]) -> bool:
    """Hide the delimiters in code `elements`, given in document order; return whether any exist."""
    budget = _MAX_NODES
    last: ElementNode | None = None
    for element in elements:
        if last is not None and last.contains(element):
            continue
        last = element
        text = text_of(element)
        if _DELIMITERS.search(text):
            budget = _hide(element, budget)
    return budget < _MAX_NODES


def show_code(text: str) -> str:
    """Return `text` with the delimiters that `protect_code` hid."""
    for character, hidden in _HIDDEN.items():  # about ten times as fast as str.translate
        text = text.replace(hidden, character)
    return text


def _hide(element: ElementNode, budget: int) -> int:
    """Hide delimiters in the text nodes of an element; return the rest of the budget."""
    html = element.inner_html
    if not _NEEDS_NODES.search(html):
        element.inner_html = _TEXT.sub(_hidden, f">{html}")[1:]
        return budget - 1
    return _hide_by_node(element, budget)


def _hidden(text: re.Match[str]) -> str:
    return text[0].translate(_HIDE)


def _hide_by_node(element: ElementNode, budget: int) -> int:
    pending: list[DOMNode] = list(element.child_nodes[:])
    while pending and budget > 0:
        node = pending.pop()
        budget -= 1
        if node.type == NodeType.ELEMENT:
            pending += node.child_nodes[:]
        elif node.type == NodeType.TEXT and _HIDEABLE.search(text_of(node)):
            node.value = text_of(node).translate(_HIDE)
    return budget
