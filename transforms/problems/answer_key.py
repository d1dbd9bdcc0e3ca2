"""Numbered exercises of one section, and the answers with their numbers in the next one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transforms.problems.blocks import Block
from transforms.problems.candidate import Candidate
from transforms.problems.formulas import FORMULA, masked
from transforms.problems.pairing import pair
from transforms.problems.question import asks
from transforms.problems.segments import Segment

_ANSWERS = re.compile(
    r"\b(?:answers?|solutions?)\b|答案|解答$|respostas|respuestas|soluciones|lösungen",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^[ \t]*(?:\*\*)?(?:[(\uff08]?(\d{1,3})[.)\uff0e\u3001\uff09](?:\*\*)?(?:[ \t]+|(?=[^\d\s])))",
    re.MULTILINE,
)
_INLINE = re.compile(r"(?<=[\s;,])[(\uff08]?(\d{1,3})[.)\uff0e\u3001\uff09](?=\s)")
_AROUND = " \t\n;"
_LEAD = re.compile(  # instructions for the exercises after it, in the middle of a list
    r"(?:for|in) (?:the following |each of the )?(?:exercises?|problems?|questions?)\b"
    r"|.{0,200}(?:the following|each)\b.{0,200}[.:]$|[^$\d]{4,120}:$|.{0,60}[:\uff1a]$",
    re.IGNORECASE | re.DOTALL,
)
_FEWEST = 3  # answers of a key


@dataclass
class _Section:
    is_key: bool
    items: dict[str, str] = field(default_factory=dict)
    is_ambiguous: bool = False  # a number occurs twice

    def add(self, number: str, text: str) -> None:
        if number in self.items:
            self.is_ambiguous = True
        self.items[number] = text


def key_candidates(segments: Sequence[Segment]) -> Iterator[Candidate]:
    """Yield a candidate for each exercise whose number is in the next section of answers."""
    exercises: _Section | None = None
    for section in _sections(segments):
        if not section.is_key:
            exercises = section
        elif exercises and _fit(exercises, section):
            for number, answer in section.items.items():
                yield from pair("answer_key", exercises.items[number], answer, answer)
            exercises = None


def _fit(exercises: _Section, key: _Section) -> bool:
    """Return whether all answers of a key belong to exercises."""
    if exercises.is_ambiguous or key.is_ambiguous or len(key.items) < _FEWEST:
        return False
    return key.items.keys() <= exercises.items.keys()


def _sections(segments: Sequence[Segment]) -> Iterator[_Section]:
    """Yield the sections of a page that have numbered items."""
    current: _Section | None = None
    for segment in segments:
        if segment.kind == "section":
            if current and current.items:
                yield current
            current = _Section(is_key=bool(_ANSWERS.search(segment.title)))
        if current is None:
            continue
        if segment.kind in ("item", "exercise") and segment.number.isdigit() and segment.blocks:
            current.add(segment.number, segment.text)
        else:
            _add_items(segment.blocks, current)
    if current and current.items:
        yield current


def _add_items(blocks: Sequence[Block], section: _Section) -> None:
    """Add the numbered items of some blocks; an item of exercises begins with its instructions."""
    lead = number = ""
    for block in blocks:
        matches = [] if block.is_code else _items(block.text, section.is_key)
        before = block.text[: matches[0].start()] if matches else block.text
        if before.strip():
            if not section.is_key and (not number or _LEAD.match(before.strip())):
                lead, number = _instructions(before.strip()), ""
            elif number and not section.is_key:
                section.items[number] += f"\n\n{before.strip()}"
        ends = [*(match.start() for match in matches), len(block.text)][1:]
        for match, end in zip(matches, ends, strict=True):
            number, text = match[1], block.text[match.end() : end].strip(_AROUND)
            section.add(
                number, f"{lead}\n\n{text}".strip() if lead and not section.is_key else text
            )


def _instructions(text: str) -> str:
    """Return what exercises need of the text before them: "" if it is only a title or remark."""
    return text if asks(text) or FORMULA.search(text) else ""


def _items(text: str, is_key: bool) -> list[re.Match[str]]:
    """Return the numbers that begin items: those of lines, or, of a key, all on one line."""
    matches = list(_ITEM.finditer(text))
    if not is_key or len(matches) != 1:
        return matches
    run = matches[:]
    for match in _INLINE.finditer(masked(text), matches[0].end()):
        if int(match[1]) > int(run[-1][1]):
            run.append(match)
    return run if len(run) >= _FEWEST else matches
