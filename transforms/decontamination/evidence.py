"""Rows of the files that say which benchmark text was found, and what was done."""

from collections.abc import Iterator
from typing import Any

from transforms.decontamination.clean import CleanText

_OF_TEXT = ("part", "matched", "coverage", "start", "end", "done")


def evidence_rows(clean: CleanText) -> Iterator[dict[str, Any]]:
    """Yield a row for each benchmark item that was found in a text, in order of the text."""
    for found in clean.evidence:
        for name in found.items:
            benchmark, _, row = name.rpartition("#")
            yield {"benchmark": benchmark, "item": int(row)} | {
                name: getattr(found, name) for name in _OF_TEXT
            }
