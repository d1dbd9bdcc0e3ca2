"""Which lines of a text go, if some contain benchmark text: what belongs together goes together.

A table, a display formula and an exercise with its parts or options goes whole or stays whole. What
would be empty goes too: a fenced block or a heading without text, and a line without words next to
one that goes.
"""

import re
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import accumulate, islice

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_DISPLAY = re.compile(r"(?<!\\)\$\$")
_ROW = re.compile(r"\s*\|")
_HEADING = re.compile(r"(#{1,6}) ")
# A part or an option: (a), b), (iv), (1), A., a digit in a circle; also in a heading.
_CLOSE = r"[)\uff09]"
_PART = re.compile(
    r"\s*(?:[-*] |#{1,6} )?\**"
    rf"(?:[(\uff08](?:[a-zA-Z]|[ivx]{{1,4}}|\d){_CLOSE}|[a-hA-H](?:[.\uff0e\u3001]|{_CLOSE})(?=\W)"
    r"|[\u2460-\u2473])"
)
_FIRST_PART = re.compile(r"\W*(?:[aAi1]\W|\u2460)")
_NUMBERED = re.compile(r"\s*(?:#{1,6} )?\**(?:\w+ )?\d+(?:\.\d+)*\**[.)\uff0e\u3001:]?(?:\W|$)")
_INDENTED = re.compile(r"\s+\S")
_WORD = re.compile(r"[^\W_]")
_NO_WORDS = re.compile(r"(?!.*\$\$|\s*[|`~]|[\s=_*+-]*$)[\W_]+")  # and no bound of a block, or rule
_STEM_LINES = 6  # at most, between the number of an exercise and its first part


def removed_lines(lines: Sequence[str], contaminated: Set[int]) -> list[int]:
    """Return the numbers of the lines to remove, given those that contain benchmark text."""
    removed = set(contaminated)
    fences, blocks = _fences_and_blocks(lines)
    for essential, whole in [*((block, block) for block in blocks), *_exercises(lines)]:
        if not contaminated.isdisjoint(essential):
            removed.update(whole)
    for number in sorted(contaminated):
        removed.update(_without_words(lines, number))
    for fence in fences:
        with_words = {n for n in fence[1:-1] if _WORD.search(lines[n])}
        if with_words and with_words <= removed:
            removed.update(fence)
    in_fences = {number for fence in fences for number in fence}
    removed.update(_emptied_headings(lines, removed, in_fences))
    return sorted(removed)


def without_lines(lines: Sequence[str], removed: Sequence[int]) -> str:
    """Return the text that is left, with one blank line where several would be left."""
    gone = set(removed)
    left: list[str] = []
    is_after_gap = False
    for number, line in enumerate(lines):
        if number in gone:
            is_after_gap = True
        elif line.strip():
            left.append(line)
            is_after_gap = False
        elif not is_after_gap or (left and left[-1].strip()):
            left.append(line)
    return "\n".join(left).strip("\n")


def _fences_and_blocks(lines: Sequence[str]) -> tuple[list[range], list[range]]:
    """Return the fenced blocks, and the display formulas and tables of more than one line."""
    fences: list[range] = []
    blocks: list[range] = []
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        end = _fence_end(lines, number, fence[1]) if fence else _block_end(lines, number)
        if end > number + 1:
            (fences if fence else blocks).append(range(number, end))
        number = end
    return fences, blocks


def _fence_end(lines: Sequence[str], start: int, mark: str) -> int:
    """Return the line after a fenced block; if it is not closed, after its first line."""
    end = _first(lines, start + 1, lambda line: line.strip().startswith(mark))
    return end + 1 if end < len(lines) else start + 1


def _block_end(lines: Sequence[str], start: int) -> int:
    """Return the line after the table or display formula that begins in a line, if any does."""
    if _ROW.match(lines[start]):
        return _first(lines, start, lambda line: not _ROW.match(line))
    if len(_DISPLAY.findall(lines[start])) % 2:
        end = _first(lines, start + 1, lambda line: "$" in line)  # there is none in a formula
        is_closed = end < len(lines) and len(_DISPLAY.findall(lines[end])) % 2
        return end + 1 if is_closed else start + 1
    return start + 1


def _exercises(lines: Sequence[str]) -> Iterator[tuple[Sequence[int], range]]:
    """Yield the exercises with parts, or options, after the lines that they cannot lose."""
    number = 0
    while number < len(lines):
        if not _PART.match(lines[number]):
            number += 1
            continue
        start, end = _stem_start(lines, number), _parts_end(lines, number)
        parts = sum(bool(_PART.match(line)) for line in lines[number:end])
        if parts > 1 and _FIRST_PART.match(lines[number]):
            essential = [*range(start, number), *_lines_of_parts(lines, number, end)]
            yield essential, range(start, end)
        number = end


def _lines_of_parts(lines: Sequence[str], start: int, end: int) -> Iterator[int]:
    """Yield the lines of parts: under a heading the first with text, else all of them."""
    if not _HEADING.match(lines[start]):
        yield from range(start, end)
        return
    is_first = False
    for number in range(start, end):
        if _HEADING.match(lines[number]):
            is_first = True
        elif is_first and lines[number].strip():
            yield number
            is_first = False


def _parts_end(lines: Sequence[str], start: int) -> int:
    """Return the line after the last part, without blank lines.

    Parts under headings reach to another heading, others to a line that is neither indented nor a
    part.
    """
    end = start + 1
    under_headings = bool(_HEADING.match(lines[start]))
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if under_headings:
            goes_on = not _HEADING.match(line) or bool(_PART.match(line))
        else:
            goes_on = bool(_PART.match(line) or _INDENTED.match(line)) or not line.strip()
        if not goes_on:
            break
        end = number + 1 if line.strip() else end
    return end


def _stem_start(lines: Sequence[str], part: int) -> int:
    """Return the first line of the text before the first part: back to a number, or one line."""
    with_text = (n for n in range(part - 1, -1, -1) if lines[n].strip())
    above = list(islice(with_text, _STEM_LINES + 1))
    for i, number in enumerate(above):
        if _NUMBERED.match(lines[number]):
            is_heading = bool(_HEADING.match(lines[number]))
            return above[i - 1] if is_heading and i else number + is_heading
        if _HEADING.match(lines[number]):
            break
    return above[0] if above and not _HEADING.match(lines[above[0]]) else part


def _without_words(lines: Sequence[str], number: int) -> Iterator[int]:
    """Yield the lines next to a line that have no words: the closing signs of a formula."""
    for step in (-1, 1):
        near = number + step
        while 0 <= near < len(lines) and _NO_WORDS.fullmatch(lines[near]):
            yield near
            near += step


def _emptied_headings(
    lines: Sequence[str], removed: Set[int], in_fences: Set[int]
) -> Iterator[int]:
    """Yield the headings that had text in their sections, all of which goes; none is in a fence."""
    matches = ((n, _HEADING.match(line)) for n, line in enumerate(lines) if n not in in_fences)
    headings = {n: len(match[1]) for n, match in matches if match}
    has_text = [bool(line.strip()) and n not in headings for n, line in enumerate(lines)]
    before = list(accumulate(has_text, initial=0))
    left = list(
        accumulate((text and n not in removed for n, text in enumerate(has_text)), initial=0)
    )
    ends = [len(lines)] * 7  # the next heading of each level
    for start, level in reversed(headings.items()):
        end = min(ends[: level + 1])
        if before[end] > before[start] and left[end] == left[start]:
            yield start
        ends[level] = start


def _first(lines: Sequence[str], start: int, is_end: Callable[[str], object]) -> int:
    return next((n for n in range(start, len(lines)) if is_end(lines[n])), len(lines))
