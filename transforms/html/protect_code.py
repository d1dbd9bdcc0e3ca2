r"""Keep delimiters in code from being taken for those of formulas.

While formulas are looked for, the characters that delimit them stand in code as noncharacters of
Unicode, which no page has; one for one, so that the layout of the code stays what it is.
"""

import re
from collections.abc import Iterable

from resiliparse.parse.html import DOMNode, ElementNode, NodeType

from transforms.html.dom import text_of

_HIDDEN = {"$": "\ufdd0", "\\": "\ufdd1", "`": "\ufdd2", "[": "\ufdd3", "#": "\ufdd4"}
_HIDE = str.maketrans(_HIDDEN)
_MARK = re.compile(r"[$\\`\[#]")
_DELIMITERS = re.compile(r"[$\\`]|\[/|##")
_MAX_NODES = 50_000  # on a page


def protect_code(elements: Iterable[ElementNode]) -> bool:
    """Hide the delimiters in the text of code elements, given in document order; say if any."""
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
    """Put the delimiters back."""
    for mark, hidden in _HIDDEN.items():  # some ten times as fast as to translate
        text = text.replace(hidden, mark)
    return text


def _hide(element: ElementNode, budget: int) -> int:
    waiting: list[DOMNode] = list(element.child_nodes[:])
    while waiting and budget > 0:
        node = waiting.pop()
        budget -= 1
        if node.type == NodeType.ELEMENT:
            waiting += node.child_nodes[:]
        elif node.type == NodeType.TEXT and _MARK.search(text_of(node)):
            node.value = text_of(node).translate(_HIDE)
    return budget
