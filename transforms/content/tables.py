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
_MAX_LINK_SHARE = 0.6  # share of the text


def mark_table(document: DocumentNode, table: ElementNode) -> None:
    """Insert markers at the rows and cells of a table if it is a data table."""
    rows = _rows(table)
    if not rows:
        return
    for i, cells in enumerate(rows):
        is_header = i == 0 and all(cell.tag == "th" for cell in cells)
        marker = HEADER_ROW if is_header else ROW
        for cell in cells:
            cell.prepend(document.create_text_node(marker))
            marker = CELL
        cells[-1].append_child(document.create_text_node(ROW_ENDS))


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
    return [] if size > _MAX_MEAN_CELL * count or link_size > _MAX_LINK_SHARE * size else rows
