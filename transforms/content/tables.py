"""Mark the rows and cells of data tables, so that each row becomes one line of text.

A table that lays out a page, a form or a formula is extracted as lines, unmarked.
"""

import re

from resiliparse.parse.html import DocumentNode, ElementNode

from transforms.content.blocks import CELL, HEADER_ROW, ROW, ROW_ENDS

_LAYOUT = "table,pre,h1,h2,h3,input,textarea,ul ul"  # no data table contains one of these
_NO_DATA = re.compile(
    r"(?i)eqn|\bequation|align(?!left|right|center|none|wide|full)|layout|calendar"
)
_MAX_CELLS = 2000
_MAX_MEAN_CELL = 120  # characters per cell; cells of layout tables contain paragraphs
_MAX_LINK_SHARE = 0.6  # share of the text, unless the table has a header row
_MAX_SPAN = 50  # rows or columns
# Tables of links to exercises are data.
_EXERCISES = re.compile(
    r"(?i)\b(?:exercise|problem|solution|question|worksheet|lecture|theorem)s?\b"
)
_COUNT = re.compile("[0-9]{1,4}")


def mark_table(document: DocumentNode, table: ElementNode) -> None:
    """Insert markers at the rows and cells of a table if it is a data table."""
    rows = _rows(table)
    if not rows:
        return
    has_spans = table.query_selector("[rowspan],[colspan]") is not None
    covered: dict[int, int] = {}  # rows below that a cell still covers, by column
    for i, cells in enumerate(rows):
        before = _covered_before(cells, covered) if has_spans else [0] * (len(cells) + 1)
        marker = HEADER_ROW if i == 0 and _is_header(cells) else ROW
        for cell, empty in zip(cells, before, strict=False):
            cell.prepend(document.create_text_node(marker + CELL * empty))
            marker = CELL
        cells[-1].append_child(document.create_text_node(CELL * before[-1] + ROW_ENDS))


def _is_header(cells: list[ElementNode]) -> bool:
    return all(cell.tag == "th" for cell in cells)


def _covered_before(cells: list[ElementNode], covered: dict[int, int]) -> list[int]:
    """Return the number of empty cells before each cell and after the last one.

    They stand for the further columns of a cell with `colspan`, and for cells with `rowspan` in
    rows above; `covered` is updated.
    """
    counts: list[int] = []
    column = empty = 0
    for cell in cells:
        while covered.get(column):
            covered[column] -= 1
            column, empty = column + 1, empty + 1
        counts.append(empty)
        width, height = _span(cell, "colspan"), _span(cell, "rowspan")
        for _ in range(width):
            covered[column] = height - 1
            column += 1
        empty = width - 1
    for rest in range(column, max(covered, default=-1) + 1):
        if covered.get(rest):
            covered[rest] -= 1
            empty += 1
    return [*counts, empty]


def _span(cell: ElementNode, name: str) -> int:
    value = cell.getattr(name) or ""
    return min(_MAX_SPAN, max(1, int(value))) if _COUNT.fullmatch(value) else 1


def _rows(table: ElementNode) -> list[list[ElementNode]]:
    """Return the cells of a data table by row; [] for any other table."""
    if table.getattr("role") == "presentation" or _NO_DATA.search(table.getattr("class") or ""):
        return []
    if table.query_selector(_LAYOUT) is not None:
        return []
    rows = [
        [cell for cell in row.children[:] if cell.tag in ("td", "th")]
        for row in table.query_selector_all("tr")[: _MAX_CELLS + 1]
    ]
    rows = [cells for cells in rows if cells]
    count = sum(len(cells) for cells in rows)
    multi_cell_rows = sum(len(cells) > 1 for cells in rows)
    if len(rows) < 2 or multi_cell_rows * 3 < len(rows) * 2 or count > _MAX_CELLS:
        return []
    size = len(" ".join((table.text or "").split()))
    link_size = sum(len(link.text or "") for link in table.query_selector_all("a")[:])
    is_of_links = link_size > _MAX_LINK_SHARE * size and not (
        (len(rows[0]) > 1 and _is_header(rows[0])) or _EXERCISES.search(table.text or "")
    )
    return [] if size > _MAX_MEAN_CELL * count or is_of_links else rows
