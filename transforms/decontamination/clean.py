"""Remove benchmark text from a text, and say what was found and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.settings import Decontamination
from transforms.decontamination.index import BenchmarkIndex
from transforms.decontamination.match import NO_HOSTS, HostCounts, contamination
from transforms.decontamination.segments import removed_lines, without_lines

_DONE = {"segment": "lines removed", "page": "page removed", "mark": "marked"}


@dataclass(frozen=True)
class Evidence:
    """A benchmark text that was found: characters `start:end` of the text as it was.

    `items` are all rows with this text, such as `gsm8k/test#17`; `coverage` is the share of its
    tokens that was found.
    """

    items: Sequence[str]
    part: str  # question or solution
    matched: str
    coverage: float
    start: int
    end: int
    done: str  # lines removed, page removed, or marked


@dataclass(frozen=True)
class CleanText:
    """What is left of a text, the lines that were removed, and why."""

    text: str
    removed: Sequence[str]
    evidence: Sequence[Evidence]

    @property
    def items(self) -> list[str]:
        """Return the benchmark items that were found, each once, in order of the text."""
        return list(dict.fromkeys(item for found in self.evidence for item in found.items))


def decontaminate(
    text: str, index: BenchmarkIndex, settings: Decontamination, hosts: HostCounts = NO_HOSTS
) -> CleanText:
    """Remove what the rule takes for benchmark text, as the policy says."""
    tokens, matches = contamination(text, index, settings, hosts)
    if not matches:
        return CleanText(text, [], [])
    evidence = []
    for match in matches:
        start, end = int(tokens.starts[match.tokens[0]]), int(tokens.ends[match.tokens[-1]])
        is_question = index.texts.is_question[match.text]
        items, part = index.texts.names_of(match.text), "question" if is_question else "solution"
        done = _DONE[settings.policy]
        evidence.append(Evidence(items, part, text[start:end], match.coverage, start, end, done))
    if settings.policy == "mark":
        return CleanText(text, [], evidence)
    lines = text.split("\n")
    if settings.policy == "page":
        return CleanText("", lines, evidence)
    ends = np.cumsum([len(line) + 1 for line in lines])
    matched = np.unique(np.concatenate([match.tokens for match in matches]))
    contaminated = np.searchsorted(ends, tokens.starts[matched], side="right")
    removed = removed_lines(lines, set(contaminated.tolist()))
    return CleanText(without_lines(lines, removed), [lines[n] for n in removed], evidence)
