"""Read and extend `decisions.jsonl` of an output tree."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from schemas.decisions import Decision, Decisions, format_decisions, parse_decisions
from schemas.errors import reading
from transforms.storage.output_tree import OutputTree

DECISIONS = "decisions.jsonl"


def read_decisions(tree: OutputTree) -> Decisions:
    """Return the decisions of an output tree, and warn of a last line that was cut short.

    Raises InputError, with the line, for a damaged file.
    """
    if not tree.exists(DECISIONS):
        return Decisions()
    path = tree.at(DECISIONS)
    with reading(path):
        data = tree.read(DECISIONS)
    decisions = parse_decisions(data, path)
    if decisions.torn:
        _warn_of_torn_line(path)
    return decisions


@cache
def _warn_of_torn_line(path: str) -> None:
    """Print a warning, once for each file."""
    print(f"Warning: {path}: its last line was cut short, and is left out", file=sys.stderr)


def append_decisions(entries: Sequence[Decision], tree: OutputTree) -> Decisions:
    """Append decisions; return all. The file is written anew, as object stores need it."""
    decisions = read_decisions(tree)
    if not entries:
        return decisions
    merged = Decisions((*decisions.entries, *entries))
    tree.write(DECISIONS, format_decisions(merged.entries).encode())
    return merged


def now() -> str:
    """Return the time of a decision: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
