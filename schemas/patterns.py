"""`patterns.csv`: URL patterns with the labels that people or a rule gave them."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Final, Literal

from schemas.errors import InputError
from schemas.spreadsheet_cells import from_cell, to_cell
from schemas.tables import Row, Table, check_width, read_table

Verdict = Literal["accept", "reject"]
ACCEPT: Final = "accept"
REJECT: Final = "reject"
RULE: Final = "rule"  # in the column `who`: labelled by `accept_share`, not by a person

_REQUIRED = ("pattern", "label")  # columns

_CELLS: Mapping[str, Verdict | Literal[""]] = {"": "", ACCEPT: ACCEPT, REJECT: REJECT}


@dataclass(frozen=True)
class Label:
    """A verdict on a URL pattern, and whether a person or a rule gave it."""

    verdict: Verdict
    by: Literal["person", "rule"] = "person"

    def to_json(self) -> str:
        """Return the label as manifests record it: `accept`, `accept by rule`, ..."""
        return f"{self.verdict} by rule" if self.by == "rule" else self.verdict

    @classmethod
    def from_json(cls, text: str) -> "Label":
        """Return the label that a manifest records; raises KeyError if there is none."""
        return _LABELS[text]


_LABELS = {
    label.to_json(): label
    for label in (
        Label(ACCEPT),
        Label(REJECT),
        Label(ACCEPT, "rule"),
        Label(REJECT, "rule"),
    )
}


@dataclass(frozen=True)
class Pattern:
    """One row: a host and path prefix, and its label; "" if it is not labelled yet.

    Pages under an accepted pattern join the seed; pages under a rejected one are not collected.
    The longest matching pattern wins. `who` is RULE for a label by rule, else free text, as are
    `when` and `note`.
    """

    pattern: str
    label: Verdict | Literal[""] = ""
    who: str = ""
    when: str = ""
    note: str = ""


def labels_by_pattern(rows: Iterable[Pattern], key: Callable[[str], str]) -> dict[str, Label]:
    """Return the labels of all rows that have one, by the canonical spelling of their pattern."""
    return {
        key(row.pattern): Label(row.label, "rule" if row.who == RULE else "person")
        for row in rows
        if row.label
    }


def parse_patterns(text: str, source: str, key: Callable[[str], str] = str) -> list[Pattern]:
    """Read the rows of a patterns file, separated by commas, semicolons or tabs.

    `key` returns the canonical spelling of a pattern, or raises ValueError, with the reason, for
    one that can match no page. Raises InputError, with `source` and line, for a missing column, a
    label that is neither accept, reject nor empty, a labelled pattern that can match no page, and
    two rows that mean one pattern and do not have one label.
    """
    table = read_table(text, source, _REQUIRED)
    known: dict[str, tuple[int, Pattern]] = {}  # the labelled row of each canonical spelling
    patterns = []
    for row in table.rows:
        place = f"{source}, line {row.line}"
        pattern = _pattern(row, table, place)
        canonical = _canonical(pattern, key, place)
        line, other = known.setdefault(canonical, (row.line, pattern))
        if line != row.line:
            _check_pair(pattern, other, place, line)
        if pattern.label:
            known[canonical] = row.line, pattern
        patterns.append(pattern)
    return patterns


def format_patterns(patterns: Iterable[Pattern]) -> str:
    """Return the text of a patterns file, rows in order, which `parse_patterns` reads back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in fields(Pattern))
    writer.writerows(map(to_cell, astuple(pattern)) for pattern in patterns)
    return text.getvalue()


def _pattern(row: Row, table: Table, place: str) -> Pattern:
    _check_cells(row.cells, table, place)
    cells = dict(zip(table.columns, map(from_cell, row.cells), strict=False))
    values = {column.name: cells.get(column.name, "") for column in fields(Pattern)}
    label = _CELLS.get(cell := values.pop("label").lower())
    if label is None:
        raise InputError(f"{place}: label {cell!r} is neither accept nor reject")
    if not values["pattern"]:
        raise InputError(f"{place}: no pattern")
    return Pattern(label=label, **values)


def _check_cells(cells: Sequence[str], table: Table, place: str) -> None:
    """Raise InputError for a row that has too many cells or too few, or holds other rows."""
    check_width(cells, table, "label", place)
    label = table.columns.index("label")
    swallowed = [line.split(table.delimiter) for cell in cells for line in cell.split("\n")[1:]]
    if "\n" in cells[table.columns.index("pattern")].strip() or any(
        line[label : label + 1] and line[label].strip().lower() in (ACCEPT, REJECT)
        for line in swallowed
    ):
        raise InputError(f"{place}: a quoted cell that begins here holds more lines: close it")


def _canonical(pattern: Pattern, key: Callable[[str], str], place: str) -> str:
    try:
        return key(pattern.pattern)
    except ValueError as error:
        if pattern.label:
            raise InputError(f"{place}: {pattern.pattern!r} can match no page: {error}") from error
        return pattern.pattern


def _check_pair(pattern: Pattern, other: Pattern, place: str, line: int) -> None:
    """Raise InputError for two rows that mean one pattern, if they contradict or repeat it."""
    if pattern.label and other.label and pattern.label != other.label:
        raise InputError(
            f"{place}: {pattern.pattern!r} is labelled {pattern.label}, but {other.pattern!r} in "
            f"line {line}, which means the same pages, {other.label}: remove one of these lines"
        )
    if pattern.pattern == other.pattern:
        raise InputError(f"{place}: {pattern.pattern!r} occurs twice; first in line {line}")
