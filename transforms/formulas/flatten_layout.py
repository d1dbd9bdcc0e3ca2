r"""Take formulas out of tables that exist for layout only.

Converters put a display formula and its number into a table with one row, and a system of equations
into one with many rows, with a formula in each cell. Without this step they would be extracted as
rows and cells.
"""

import re
from collections.abc import Callable, Sequence

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode

from transforms.formulas.equation_rows import is_equation_table, join_row
from transforms.html.dom import text_of
from transforms.latex.formula import Formula

_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")
_LABEL = re.compile(r"[(\[]?\s?[\w.:*\u2032'-]{0,16}\s?[)\]]?[.,;]?")
_MAX_LEVELS = 7  # between a formula and its table


def flatten_layout(
    document: DocumentNode, placeholders: Sequence[DOMNode], formulas: list[Formula]
) -> int:
    """Turn tables that only lay out formulas into paragraphs; return how many formulas were joined.

    `placeholders`, in document order, are those of display formulas and of formulas in display
    style. A table that aligns equations has one display formula per row (`equation_rows.py`); one
    with display formulas and their numbers keeps them all.
    """
    last: ElementNode | None = None
    joined = 0
    for placeholder in placeholders:
        if last is not None and last.contains(placeholder):
            continue
        table = _enclosing_table(placeholder)
        if table is not None:
            last = table
            if is_equation_table(table, formulas):
                joined += _join_rows(document, table, formulas)
            elif _has_display(table, formulas) and _is_layout(table):
                _flatten(document, table, _row_text)
    return joined


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


def _has_display(table: ElementNode, formulas: Sequence[Formula]) -> bool:
    numbers = (int(match[1]) for match in _PLACEHOLDER.finditer(text_of(table)))
    return any(number < len(formulas) and formulas[number].display for number in numbers)


def _join_rows(document: DocumentNode, table: ElementNode, formulas: list[Formula]) -> int:
    before = len(_PLACEHOLDER.findall(text_of(table)))
    text = _flatten(document, table, lambda row: join_row(row, formulas))
    return before - len(_PLACEHOLDER.findall(text))


def _row_text(row: ElementNode) -> str:
    return " ".join(" ".join(text_of(cell).split()) for cell in row.query_selector_all("td,th")[:])


def _flatten(
    document: DocumentNode, table: ElementNode, row_text: Callable[[ElementNode], str | None]
) -> str:
    """Replace a table by a <div> with one paragraph per row that has text; return its text.

    The contents of a row for which `row_text` returns None are kept, in a <div> per cell.
    """
    block = document.create_element("div")
    for row in table.query_selector_all("tr")[:]:
        text = row_text(row)
        if text is None:
            _append_cells(document, block, row)
        elif text.strip():
            paragraph = document.create_element("p")
            paragraph.append_child(document.create_text_node(text.strip()))
            block.append_child(paragraph)
    text = text_of(block)
    table.replace_with(block)
    return text


def _append_cells(document: DocumentNode, block: ElementNode, row: ElementNode) -> None:
    for cell in row.query_selector_all("td,th")[:]:
        contents = document.create_element("div")
        for child in cell.child_nodes[:]:
            contents.append_child(child)
        block.append_child(contents)
