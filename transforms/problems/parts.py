"""Split a statement, or its answer, into a lead and numbered parts."""

import re
from dataclasses import dataclass

from transforms.problems.formulas import masked

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_MARKS = (  # of parts: at the beginning of a line, then anywhere
    re.compile(r"^[ \t]*(?:[-*] )?\(?(\d{1,3})[.)]\s+", re.MULTILINE),
    re.compile(r"^[ \t]*(?:[-*] )?\(?([a-z])[.)]\s+", re.MULTILINE),
    re.compile(r"^[ \t]*(?:[-*] )?\(([ivx]{1,4})\)\s+", re.MULTILINE),
    re.compile(r"(?<![A-Za-z\d)\x00])\(([a-z])\)\s?"),
    re.compile(r"(?:(?<![A-Za-z\d)\x00])\(|\uff08)(\d{1,2})[)\uff09]\s?"),
    re.compile(rf"([{_CIRCLED}])\s?"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands before the first part, and the parts by number, in order."""

    lead: str
    by_number: dict[str, str]


def split_parts(text: str) -> Parts:
    r"""Split a text before its parts, which are numbered from 1, a, i or ① on.

    Without at least two of them, all of the text is the lead.

    >>> split_parts("Multiply:\n1. $2\\cdot 3$\n2. $4\\cdot 5$")
    Parts(lead='Multiply:', by_number={'1': '$2\\cdot 3$', '2': '$4\\cdot 5$'})
    """
    hidden = masked(text)
    for marks in _MARKS:
        run = _consecutive(list(marks.finditer(hidden)))
        if len(run) > 1:
            ends = [match.start() for match in run[1:]] + [len(text)]
            parts = {
                str(number): text[match.end() : end].strip().rstrip(";")
                for number, (match, end) in enumerate(zip(run, ends, strict=True), 1)
            }
            return Parts(text[: run[0].start()].strip(), parts)
    return Parts(text.strip(), {})


def _consecutive(matches: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the matches that count from the first number on, each once."""
    run: list[re.Match[str]] = []
    for match in matches:
        if _is_number_of(match[1], len(run)):
            run.append(match)
    return run


def _is_number_of(mark: str, index: int) -> bool:
    """Return whether a mark is that of the part with an index, from 0."""
    names = (str(index + 1), _LETTERS[index : index + 1], _CIRCLED[index : index + 1])
    return mark in names or mark == (_ROMAN[index] if index < len(_ROMAN) else "")
