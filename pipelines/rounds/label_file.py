"""Read and update `patterns.csv` in an output tree: the candidates of all rounds, and labels.

Labels by people are kept in `decisions.jsonl` as well, to which each change is appended after
`patterns.csv` has it: if a run is killed in between, the next one reads the label from there.
"""

import re
from collections.abc import Iterable, Sequence

from pipelines.rounds.decision_file import append_decisions, now, read_decisions
from schemas.decisions import Decisions, LabelDecision
from schemas.errors import reading
from schemas.manifest import Output
from schemas.patterns import (
    RULE,
    Label,
    Pattern,
    format_patterns,
    labels_by_pattern,
    parse_patterns,
)
from schemas.settings import Patterns
from schemas.tables import decode_text
from transforms.patterns.candidates import accept_by_rule, read_candidates
from transforms.patterns.pattern_keys import pattern_key
from transforms.storage.output_tree import OutputTree

PATTERNS = "patterns.csv"


def read_patterns(user_patterns: Sequence[Pattern], tree: OutputTree) -> list[Pattern]:
    """Return the rows of `patterns.csv`, overridden by the labels of `user_patterns`.

    Those are from `--patterns`. A row of `user_patterns` without a label only adds its pattern.
    Rows that mean the same pages become one. A pattern that `decisions.jsonl` has a label of, and
    `patterns.csv` no row, is added to them: an emptied cell withdraws a label, and a removed row
    does not. Raises InputError, with the line, for a mistake in the file.
    """
    existing: list[Pattern] = []
    if tree.exists(PATTERNS):
        with reading(tree.at(PATTERNS)):
            data = tree.read(PATTERNS)
        existing = parse_label_file(data, tree.at(PATTERNS))
    rows = _merge([*existing, *user_patterns])
    for key, label in _decided(read_decisions(tree)).items():
        if label.label:
            rows.setdefault(key, Pattern(**vars(label)))
    return list(rows.values())


def parse_label_file(data: bytes, source: str) -> list[Pattern]:
    """Parse a patterns file as a person or a spreadsheet saved it; `source` names it in errors."""
    return parse_patterns(decode_text(data, source), source, pattern_key)


def with_candidates(
    patterns: Sequence[Pattern],
    number: int,
    candidates: Output,
    settings: Patterns,
    tree: OutputTree,
) -> list[Pattern]:
    """Return `patterns` and the candidates of round `number`, in a file.

    Existing labels are kept; a row without a label gets that of the rule, if it accepts.
    """
    rows = _merge(patterns)
    for row in accept_by_rule(read_candidates(candidates, tree), settings, number):
        key = _key(row.pattern)
        if key not in rows or (row.label and not rows[key].label):
            rows[key] = row
    return list(rows.values())


def write_patterns(patterns: Sequence[Pattern], tree: OutputTree) -> None:
    """Write `patterns.csv`, unless it has these rows, and append changed labels to the log."""
    text = format_patterns(patterns).encode()
    if not tree.exists(PATTERNS) or tree.read(PATTERNS) != text:
        tree.write(PATTERNS, text)
    append_decisions(changed_labels(patterns, read_decisions(tree)), tree)


def changed_labels(patterns: Sequence[Pattern], decisions: Decisions) -> list[LabelDecision]:
    """Return the labels by people that differ from those in the log, also those withdrawn."""
    labelled = {_key(row.pattern): row for row in patterns if row.label and row.who != RULE}
    held = _decided(decisions)
    changed = [
        LabelDecision(row.pattern, row.label, row.who, _when(row), row.note)
        for key, row in labelled.items()
        if key not in held or _says(row) != _says(held[key])
    ]
    withdrawn = [
        LabelDecision(label.pattern, "", when=now())
        for key, label in held.items()
        if label.label and key not in labelled
    ]
    return [*changed, *withdrawn]


def _decided(decisions: Decisions) -> dict[str, LabelDecision]:
    """Return the last label of each pattern in the log, by canonical spelling."""
    return {_key(e.pattern): e for e in decisions.entries if isinstance(e, LabelDecision)}


def _says(row: Pattern | LabelDecision) -> tuple[str, str, str]:
    return row.label, row.who, row.note


def _when(row: Pattern) -> str:
    """Return when a person labelled a pattern: as noted, else now; the round is no time."""
    return now() if re.fullmatch(r"(round \d+)?", row.when) else row.when


def all_labels(patterns: Sequence[Pattern]) -> dict[str, Label]:
    """Return the labels of all patterns that have one, by the canonical spelling of the pattern."""
    return labels_by_pattern(patterns, pattern_key)


def labels_for_round(number: int, patterns: Sequence[Pattern]) -> dict[str, Label]:
    """Return the labels that round `number` honours: all, but none in round 1."""
    return {} if number == 1 else all_labels(patterns)


def _merge(rows: Iterable[Pattern]) -> dict[str, Pattern]:
    """Return the last labelled row of each pattern, or else its first, by canonical spelling."""
    merged: dict[str, Pattern] = {}
    for row in rows:
        key = _key(row.pattern)
        if row.label or key not in merged:
            merged[key] = row
    return merged


def _key(pattern: str) -> str:
    try:
        return pattern_key(pattern)
    except ValueError:  # it can match no page, and has no label
        return pattern
