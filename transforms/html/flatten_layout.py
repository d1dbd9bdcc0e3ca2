r"""Take display formulas out of tables that exist for layout only.

Converters put a formula and its number into a table with one row, and a system of equations into
one with many rows. Without this step they would be extracted as rows and cells.
"""

import re
from collections.abc import Sequence

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode

from transforms.html.dom import text_of

_PLACEHOLDER = re.compile("\ue000\\d+\ue001")
_LABEL = re.compile(r"[(\[]?\s?[\w.:*\u2032'-]{0,16}\s?[)\]]?[.,;]?")
_MAX_LEVELS = 7  # between a formula and its table


def flatten_layout(document: DocumentNode, displays: Sequence[DOMNode]) -> None:
    """Turn tables that hold only display formulas and their numbers into paragraphs, in place.

    `displays` are the placeholders of display formulas, in document order.
    """
    last: ElementNode | None = None
    for placeholder in displays:
        if last is not None and last.contains(placeholder):
            continue
        table = _enclosing_table(placeholder)
        if table is not None:
            last = table
            if _is_layout(table):
                _flatten(document, table)


def _enclosing_table(placeholder: DOMNode) -> ElementNode | None:
    node = placeholder.parent
    for _ in range(_MAX_LEVELS):
        if not isinstance(node, ElementNode):
            return None
        if node.tag == "table":
            return node
        node = node.parent
    return None


def _is_layout(table: ElementNode) -> bool:
    text = text_of(table)
    if len(text) > 20_000:
        return False
    cells = [text_of(cell) for cell in table.query_selector_all("td,th")[:400]]
    return all(_LABEL.fullmatch(" ".join(_PLACEHOLDER.sub("", cell).split())) for cell in cells)


def _flatten(document: DocumentNode, table: ElementNode) -> None:
    """Replace a table by a <div> with one paragraph per non-empty row."""
    block = document.create_element("div")
    for row in table.query_selector_all("tr")[:]:
        text = " ".join(
            " ".join(text_of(cell).split()) for cell in row.query_selector_all("td,th")[:]
        )
        if text.strip():
            paragraph = document.create_element("p")
            paragraph.append_child(document.create_text_node(text.strip()))
            block.append_child(paragraph)
    table.replace_with(block)
