"""`patterns.csv`: URL patterns with the labels that people or a rule gave them."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Final, Literal

from schemas.errors import InputError

Verdict = Literal["accept", "reject"]
ACCEPT: Final = "accept"
REJECT: Final = "reject"
RULE: Final = "rule"  # in the column `who`: labelled by `accept_share`, not by a person

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


def labels_by_pattern(rows: Iterable[Pattern]) -> dict[str, Label]:
    """Return the labels of all rows that have one, by pattern."""
    return {
        row.pattern: Label(row.label, "rule" if row.who == RULE else "person")
        for row in rows
        if row.label
    }


def parse_patterns(text: str, source: str) -> list[Pattern]:
    """Read the rows of a patterns file.

    Raises InputError, with `source` and line, for a missing column, a label that is neither accept,
    reject nor empty, and a pattern that occurs twice.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    columns = [column.name for column in fields(Pattern)]
    if missing := {"pattern", "label"} - set(rows.fieldnames or []):
        raise InputError(f"{source}: no column {sorted(missing)[0]!r}; it has {rows.fieldnames}")
    patterns: dict[str, Pattern] = {}
    for row in rows:
        values = {name: (row.get(name) or "").strip() for name in columns}
        line = f"{source}, line {rows.line_num}"
        cell = values.pop("label").lower()
        if (label := _CELLS.get(cell)) is None:
            raise InputError(f"{line}: label {cell!r} is neither accept nor reject")
        if not values["pattern"]:
            raise InputError(f"{line}: no pattern")
        if values["pattern"] in patterns:
            raise InputError(f"{line}: {values['pattern']!r} occurs twice")
        patterns[values["pattern"]] = Pattern(label=label, **values)
    return list(patterns.values())


def format_patterns(patterns: list[Pattern]) -> str:
    """Return the text of a patterns file, rows in order."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in fields(Pattern))
    writer.writerows(astuple(pattern) for pattern in patterns)
    return text.getvalue()
