"""`patterns.csv`: which URL patterns a person took for mathematics, and who said so when."""

import csv
import io
from dataclasses import astuple, dataclass, fields

from schemas.errors import InputError

ACCEPT, REJECT = "accept", "reject"
RULE = "rule"  # in the column `who`: nobody looked, a rule of the settings said so


@dataclass(frozen=True)
class Pattern:
    """One row: a host and path prefix, and a label; no label yet while `label` is empty.

    Pages under an accepted pattern join the seed; pages under a rejected one are not collected.
    Where patterns contradict each other the longest decides.
    """

    pattern: str
    label: str = ""
    who: str = ""
    when: str = ""
    note: str = ""


def parse_patterns(text: str, source: str) -> list[Pattern]:
    """Read the rows of a patterns file.

    Raises InputError, with `source` and line, for a missing column, a label that is neither accept,
    reject nor empty, and a pattern that occurs twice.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    known = [column.name for column in fields(Pattern)]
    if missing := {"pattern", "label"} - set(rows.fieldnames or []):
        raise InputError(f"{source}: no column {sorted(missing)[0]!r}; it has {rows.fieldnames}")
    patterns: dict[str, Pattern] = {}
    for row in rows:
        values = {name: (row.get(name) or "").strip() for name in known}
        where = f"{source}, line {rows.line_num}"
        values["label"] = values["label"].lower()
        if values["label"] not in ("", ACCEPT, REJECT):
            raise InputError(f"{where}: label {values['label']!r} is neither accept nor reject")
        if not values["pattern"]:
            raise InputError(f"{where}: no pattern")
        if values["pattern"] in patterns:
            raise InputError(f"{where}: {values['pattern']!r} stands there twice")
        patterns[values["pattern"]] = Pattern(**values)
    return list(patterns.values())


def format_patterns(patterns: list[Pattern]) -> str:
    """Write a patterns file, in the order given."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in fields(Pattern))
    writer.writerows(astuple(pattern) for pattern in patterns)
    return text.getvalue()
