"""Texts and attributes of elements as strings: "" where the parser says None."""

from resiliparse.parse.html import DOMNode, ElementNode


def text_of(node: DOMNode) -> str:
    """Return the text of a node and of all that is in it."""
    return node.text or ""


def attribute(node: DOMNode | None, *names: str) -> str:
    """Return the first of the attributes that is there and not blank."""
    if isinstance(node, ElementNode):
        for name in names:
            value = node.getattr(name)
            if value and not value.isspace():
                return value
    return ""
