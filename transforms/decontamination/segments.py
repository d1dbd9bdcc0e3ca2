"""Which lines of a text go, if some contain benchmark text: what belongs together goes together.

A table, a fenced block, a display formula and an exercise with its parts or options goes whole. So
does a heading without text under it, and a line without words next to one that goes.
"""

import re
from collections.abc import Callable, Iterator, Sequence, Set

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
_NUMBERED = re.compile(r"\s*(?:#{1,6} )?\**(?:\w+ )?\d+(?:\.\d+)*\**[.)\uff0e\u3001:]?(?:\W|$)")
_INDENTED = re.compile(r"\s+\S")
_NO_WORDS = re.compile(r"(?!.*\$\$|\s*[|`~])(?=.*\S)[\W_]+")  # and no bound of a block
_STEM_LINES = 6  # at most, between the number of an exercise and its first part

Range = tuple[int, int]  # of lines, the end excluded


def removed_lines(lines: Sequence[str], contaminated: Set[int]) -> list[int]:
    """Return the numbers of the lines to remove, given those that contain benchmark text."""
    removed = set(contaminated)
    for start, end in [*_blocks(lines), *_exercises(lines)]:
        if not removed.isdisjoint(range(start, end)):
            removed.update(range(start, end))
    for number in sorted(contaminated):
        removed.update(_without_words(lines, number))
    removed.update(_emptied_headings(lines, removed))
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


def _blocks(lines: Sequence[str]) -> Iterator[Range]:
    """Yield the fenced blocks, display formulas and tables of more than one line."""
    number = 0
    while number < len(lines):
        end = _block_end(lines, number)
        if end > number + 1:
            yield number, end
        number = end


def _block_end(lines: Sequence[str], start: int) -> int:
    """Return the line after the block that begins in a line, at least the next one."""
    if fence := _FENCE.match(lines[start]):
        for number in range(start + 1, len(lines)):
            if lines[number].strip().startswith(fence[1]):
                return number + 1
    elif _ROW.match(lines[start]):
        return _first(lines, start, lambda line: _ROW.match(line) is None)
    elif len(_DISPLAY.findall(lines[start])) % 2:
        for number in range(start + 1, len(lines)):
            if len(_DISPLAY.findall(lines[number])) % 2:
                return number + 1
    return start + 1


def _exercises(lines: Sequence[str]) -> Iterator[Range]:
    """Yield the exercises with parts, or options: what is asked, and all of them."""
    number = 0
    while number < len(lines):
        if not _PART.match(lines[number]):
            number += 1
            continue
        end = _parts_end(lines, number)
        yield _stem_start(lines, number), end
        number = end


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
    above = [n for n in range(part - 1, -1, -1) if lines[n].strip()][: _STEM_LINES + 1]
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


def _emptied_headings(lines: Sequence[str], removed: Set[int]) -> Iterator[int]:
    """Yield the headings that had text in their sections, all of which goes."""
    headings = [(n, len(m[1])) for n, line in enumerate(lines) if (m := _HEADING.match(line))]
    for i, (start, level) in enumerate(headings):
        end = next((n for n, other in headings[i + 1 :] if other <= level), len(lines))
        text = {n for n in range(start + 1, end) if lines[n].strip()} - {n for n, _ in headings}
        if text and text <= removed:
            yield start


def _first(lines: Sequence[str], start: int, is_end: Callable[[str], object]) -> int:
    return next((n for n in range(start, len(lines)) if is_end(lines[n])), len(lines))
