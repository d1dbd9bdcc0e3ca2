"""Read and update `patterns.csv` in an output tree: the candidates of all rounds, and labels."""

from collections.abc import Sequence

from schemas.errors import reading
from schemas.manifest import Output
from schemas.patterns import Label, Pattern, format_patterns, labels_by_pattern, parse_patterns
from schemas.settings import Patterns
from transforms.recall.candidates import accept_by_rule, read_candidates
from transforms.storage.output_tree import OutputTree

PATTERNS = "patterns.csv"


def read_patterns(user_patterns: Sequence[Pattern], tree: OutputTree) -> list[Pattern]:
    """Return the rows of `patterns.csv`, overridden by the labels of `user_patterns` (`--labels`).

    A row of `user_patterns` without a label only adds its pattern. Raises InputError if the file
    is not a patterns file, or not UTF-8.
    """
    rows: dict[str, Pattern] = {}
    if tree.exists(PATTERNS):
        with reading(tree.at(PATTERNS)):
            text = tree.read(PATTERNS).decode()
        existing = parse_patterns(text, tree.at(PATTERNS))
        rows = {row.pattern: row for row in existing}
    rows |= {row.pattern: row for row in user_patterns if row.label or row.pattern not in rows}
    return list(rows.values())


def add_candidates(
    patterns: Sequence[Pattern],
    number: int,
    candidates: Output,
    settings: Patterns,
    tree: OutputTree,
) -> list[Pattern]:
    """Add the candidates of round `number`, in a file, to `patterns.csv`, and return all rows.

    Existing labels are kept; a row without a label gets that of the rule, if it accepts.
    """
    rows = {row.pattern: row for row in patterns}
    for row in accept_by_rule(read_candidates(candidates, tree), settings, number):
        if row.pattern not in rows or (row.label and not rows[row.pattern].label):
            rows[row.pattern] = row
    text = format_patterns(list(rows.values())).encode()
    if not tree.exists(PATTERNS) or tree.read(PATTERNS) != text:
        tree.write(PATTERNS, text)
    return list(rows.values())


def labels_for_round(number: int, patterns: Sequence[Pattern]) -> dict[str, Label]:
    """Return the labels that round `number` honours: all, but none in round 1."""
    return {} if number == 1 else labels_by_pattern(patterns)
