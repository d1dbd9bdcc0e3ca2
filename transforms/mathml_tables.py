"""Tables of MathML to LaTeX: matrices, aligned equations, arrays with lines, sums in columns."""

import re
from collections.abc import Callable

from transforms.mathml_rows import row
from transforms.mathml_tree import Element

_NUMBER_CELL = re.compile(r"label|eqn|tag\b|glue")  # classes of cells that number an equation
_ALIGNED = re.compile(r"align|split|eqnarray|tml-right")
_LINE = ("solid", "dashed")


def _mtr(element: Element) -> str:
    """Return the cells of a row with `&` between them, without the equation's number."""
    cells = [
        cell
        for cell in element.children
        if cell.tag != "#text" and not _NUMBER_CELL.search(cell.get("class"))
    ]
    if element.tag == "mlabeledtr":
        cells = cells[1:]
    if len(cells) > 1 and cells[0].get("width") == "50%":  # centres an equation and its number
        cells = cells[1:2]
    element.children = cells
    return " & ".join([cell.tex.strip() for cell in cells]).rstrip(" &")


def _mtable(element: Element) -> str:
    lines = [child for child in element.children if child.tag != "#text"]
    rows = [line.tex.strip() for line in lines]
    if not any(rows):
        return ""
    columns = max(_width(line) for line in lines)
    if len(rows) == 1 and columns == 1 and "lines" not in element.attributes:
        return rows[0]
    body = " \\\\ ".join(["{}" + tex if tex[:1] in "[*" else tex for tex in rows])
    column_lines, row_lines = _lines(element, "columnlines"), _lines(element, "rowlines")
    if column_lines or row_lines:
        return _array(rows, columns, column_lines, row_lines)
    environment = _environment(element, lines, columns)
    return f"\\begin{{{environment}}}{body}\\end{{{environment}}}"


def _width(line: Element) -> int:
    return len(line.children) if line.tag in ("mtr", "mlabeledtr") else 1


def _environment(table: Element, lines: list[Element], columns: int) -> str:
    alignments = table.get("columnalign").split()
    for cell in lines[0].children if not alignments else []:
        alignments.append(cell.get("columnalign") or cell.get("class"))
    display = table.get("displaystyle").lower() == "true"
    right_left = "right" in alignments[0] and columns > 1 if alignments else False
    if columns > 1 and (display or right_left or _ALIGNED.search(table.get("class"))):
        return "aligned"
    return "gathered" if display and len(lines) > 1 else "matrix"


def _lines(table: Element, name: str) -> list[bool]:
    values = [value in _LINE for value in table.get(name).split()]
    return values if any(values) else []


def _array(rows: list[str], columns: int, down: list[bool], across: list[bool]) -> str:
    """Return an `array`; lists of lines repeat their last value, as MathML has it."""
    bars = [(down[min(i, len(down) - 1)] if down else False) for i in range(columns - 1)]
    layout = "".join("c|" if bar else "c" for bar in [*bars, False])
    body = rows[0]
    for i, tex in enumerate(rows[1:]):
        line = across[min(i, len(across) - 1)] if across else False
        body += " \\\\ " + ("\\hline " if line else "") + ("{}" if tex[:1] in "[*" else "") + tex
    return f"\\begin{{array}}{{{layout}}}{body}\\end{{array}}"


def _mstack(element: Element) -> str:
    """Return a sum as it is done in columns at school."""
    lines = [child.tex.strip() or r"\hline" for child in element.children if child.tag != "#text"]
    body = " \\\\ ".join(lines).replace(r"\hline \\ ", r"\hline ")
    return f"\\begin{{array}}{{r}}{body}\\end{{array}}" if lines else ""


TABLES: dict[str, Callable[[Element], str]] = {
    "mtable": _mtable,
    "mtr": _mtr,
    "mlabeledtr": _mtr,
    "mtd": row,
    "mstack": _mstack,
}
