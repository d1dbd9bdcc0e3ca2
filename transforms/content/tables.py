"""Mark the rows and cells of tables that hold data, so that each row becomes one line of text.

A table that lays out a page, a form or a formula stays what it is to text extraction: lines.
"""

import re

from resiliparse.parse.html import DocumentNode, ElementNode

from transforms.content.blocks import CELL, HEADER_ROW, ROW, ROW_ENDS

_LAYOUT = "table,pre,h1,h2,h3,input,textarea,ul ul"  # none of these is in a table of data
_NO_DATA = re.compile(
    r"(?i)eqn|\bequation|align(?!left|right|center|none|wide|full)|layout|calendar"
)
_MOST_CELLS = 2000
_MEAN_CELL = 120  # characters; cells of layouts hold paragraphs
_MOST_LINKS = 0.6  # share of the text


def mark_table(document: DocumentNode, table: ElementNode) -> None:
    """Put marks at the rows and cells of a table, if it is one of data."""
    rows = _rows(table)
    if not rows:
        return
    for i, cells in enumerate(rows):
        is_header = i == 0 and all(cell.tag == "th" for cell in cells)
        mark = HEADER_ROW if is_header else ROW
        for cell in cells:
            cell.prepend(document.create_text_node(mark))
            mark = CELL
        cells[-1].append_child(document.create_text_node(ROW_ENDS))


def _rows(table: ElementNode) -> list[list[ElementNode]]:
    """Return the cells of a table of data, row by row; none if it is another table."""
    if table.getattr("role") == "presentation" or _NO_DATA.search(table.getattr("class") or ""):
        return []
    if table.query_selector(_LAYOUT) is not None:
        return []
    rows = [
        [cell for cell in row.children[:] if cell.tag in ("td", "th")]
        for row in table.query_selector_all("tr")[: _MOST_CELLS + 1]
    ]
    rows = [cells for cells in rows if cells]
    count = sum(len(cells) for cells in rows)
    wide = sum(len(cells) > 1 for cells in rows)
    if len(rows) < 2 or wide * 3 < len(rows) * 2 or count > _MOST_CELLS:
        return []
    size = len(" ".join((table.text or "").split()))
    links = sum(len(link.text or "") for link in table.query_selector_all("a")[:])
    return [] if size > _MEAN_CELL * count or links > _MOST_LINKS * size else rows
