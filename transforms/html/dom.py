"""Read text and attributes of elements as strings: "" where the parser returns None."""

from resiliparse.parse.html import DOMNode, ElementNode


def text_of(node: DOMNode) -> str:
    """Return the text of a node and its descendants."""
    return node.text or ""


def attribute(node: DOMNode | None, *names: str) -> str:
    """Return the first of the named attributes that exists and is not blank, or ""."""
    if isinstance(node, ElementNode):
        for name in names:
            value = node.getattr(name)
            if value and not value.isspace():
                return value
    return ""
