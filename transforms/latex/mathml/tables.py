"""Convert tables of MathML to LaTeX: matrices, aligned equations, arrays with lines, stacks."""

import re
from collections.abc import Callable

from transforms.latex.mathml.rows import row
from transforms.latex.mathml.tree import Element

_NUMBER_CELL = re.compile(r"label|eqn|tag\b|glue")  # classes of cells that number an equation
_ALIGNED = re.compile(r"align|split|eqnarray|tml-right")
_EQUATION_NUMBER = re.compile(r"(?:\\text\{)?\(\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?\)\}?")
# The argument of a line break, which some programs take for the start of the next row.
_SPACE_BELOW = re.compile(r"^\[-?\d+(?:\.\d+)?(?:pt|em|ex|mm|cm|in)\] ?")
_ROWS = ("mtr", "mlabeledtr")
_LINE = ("solid", "dashed")


def _mtr(element: Element) -> str:
    """Drop the cells with the number of an equation, and return the others."""
    cells = [
        cell
        for cell in element.children
        if cell.tag != "#text" and not _NUMBER_CELL.search(cell.get("class"))
    ]
    if element.tag == "mlabeledtr":
        cells = cells[1:]
    if len(cells) > 1 and cells[0].get("width") == "50%":  # centres an equation with its number
        cells = cells[1:2]
    element.children = cells
    return row(element)


def _mtable(element: Element) -> str:
    lines = [child for child in element.children if child.tag != "#text"]
    if element.get("displaystyle").lower() == "true":
        _drop_numbers(lines)
    rows = [_SPACE_BELOW.sub("", _cells(line)) for line in lines]
    if not any(rows):
        return ""
    columns = max(_width(line) for line in lines)
    if len(rows) == 1 and columns == 1 and "lines" not in element.attributes:
        return lines[0].tex
    body = " \\\\ ".join(["{}" + tex if tex.startswith(("[", "*")) else tex for tex in rows])
    column_lines, row_lines = _lines(element, "columnlines"), _lines(element, "rowlines")
    alignments = _alignments(element, lines[0])
    environment = _environment(element, alignments, columns)
    if column_lines or row_lines or (environment == "matrix" and set(alignments) - {"c"}):
        return _array(rows, _layout(columns, alignments, column_lines), row_lines)
    return f"\\begin{{{environment}}}{body}\\end{{{environment}}}"


def _drop_numbers(lines: list[Element]) -> None:
    """Drop last cells with nothing but the number of an equation."""
    for line in lines:
        if len(line.children) > 1 and _EQUATION_NUMBER.fullmatch(line.children[-1].tex.strip()):
            line.children.pop()


def _cells(line: Element) -> str:
    if line.tag not in _ROWS:
        return line.tex.strip()
    cells = [cell.tex.strip() for cell in line.children]
    while cells and not cells[-1]:
        cells.pop()
    return " & ".join(cells)


def _width(line: Element) -> int:
    return len(line.children) if line.tag in _ROWS else 1


def _alignments(table: Element, first: Element) -> str:
    """Return the declared alignments of the columns, one letter each: `rl`."""
    values = table.get("columnalign").split()
    if not values:
        values = [cell.get("columnalign") or cell.get("class") for cell in first.children]
    return "".join(["l" if "left" in v else "r" if "right" in v else "c" for v in values])


def _environment(table: Element, alignments: str, columns: int) -> str:
    display = table.get("displaystyle").lower() == "true"
    if columns > 1:
        equations = display or _ALIGNED.search(table.get("class"))
        return "aligned" if equations or alignments[:2] == "rl" else "matrix"
    return "gathered" if display else "matrix"


def _lines(table: Element, name: str) -> list[bool]:
    values = [value in _LINE for value in table.get(name).split()]
    return values if any(values) else []


def _layout(columns: int, alignments: str, lines: list[bool]) -> str:
    """Return the argument of an `array`; lists repeat their last value, as in MathML."""
    letters = (alignments or "c").ljust(columns, (alignments or "c")[-1])[:columns]
    bars = [bool(lines) and lines[min(i, len(lines) - 1)] for i in range(columns - 1)]
    return "".join(
        [c + ("|" if bar else "") for c, bar in zip(letters, [*bars, False], strict=True)]
    )


def _array(rows: list[str], layout: str, lines: list[bool]) -> str:
    body = rows[0]
    for i, tex in enumerate(rows[1:]):
        line = bool(lines) and lines[min(i, len(lines) - 1)]
        body += (
            " \\\\ "
            + ("\\hline " if line else "")
            + ("{}" if tex.startswith(("[", "*")) else "")
            + tex
        )
    return f"\\begin{{array}}{{{layout}}}{body}\\end{{array}}"


def _mstack(element: Element) -> str:
    """Return elementary mathematics in columns, such as a written sum."""
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
