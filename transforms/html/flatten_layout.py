r"""Take display formulas out of the tables that only lay them out.

Converters set a formula and its number in a table of one row, and a system of equations in one of
many. As tables they would come out in rows and cells.
"""

import re
from collections.abc import Sequence

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode

from transforms.html.dom import text_of

_MARK = re.compile("\ue000\\d+\ue001")
_LABEL = re.compile(r"[(\[]?\s?[\w.:*\u2032'-]{0,16}\s?[)\]]?[.,;]?")
_MAX_LEVELS = 7  # from a formula up to its table


def flatten_layout(document: DocumentNode, displays: Sequence[DOMNode]) -> None:
    """Turn each table that holds nothing but display formulas and their numbers into paragraphs.

    `displays` are the marks of display formulas, in document order.
    """
    last: ElementNode | None = None
    for mark in displays:
        if last is not None and last.contains(mark):
            continue
        table = _table_around(mark)
        if table is not None:
            last = table
            if _only_lays_out(table):
                _flatten(document, table)


def _table_around(mark: DOMNode) -> ElementNode | None:
    node = mark.parent
    for _ in range(_MAX_LEVELS):
        if not isinstance(node, ElementNode):
            return None
        if node.tag == "table":
            return node
        node = node.parent
    return None


def _only_lays_out(table: ElementNode) -> bool:
    text = text_of(table)
    if len(text) > 20_000:
        return False
    cells = [text_of(cell) for cell in table.query_selector_all("td,th")[:400]]
    return all(_LABEL.fullmatch(" ".join(_MARK.sub("", cell).split())) for cell in cells)


def _flatten(document: DocumentNode, table: ElementNode) -> None:
    """Replace a table by a block that has a paragraph for each of its rows."""
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
