"""Find which of many patterns with `*` match a text, in time that does not grow with their number.

A pattern is looked up by one of its literal pieces, so few patterns are compared with a text, and
each in time linear in its length.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

_T = TypeVar("_T")

_LONGEST = 24  # characters of an anchor at the start or end of a pattern
_LONGEST_INNER = 8  # of any other

_START, _END, _INNER = range(3)  # where an anchor is in a pattern
_Pieces = list[str]  # of a pattern, split at `*`


class Wildcards(Generic[_T]):
    """Values by pattern, looked up by text; `*` matches any characters, also none.

    Each pattern is stored under its anchor: the start, the end or a part of a literal piece, that
    which it shares with the fewest others.
    """

    def __init__(self, values: Mapping[str, _T]) -> None:
        self._exact = {pattern: value for pattern, value in values.items() if "*" not in pattern}
        self._any = [value for pattern, value in values.items() if pattern == "*"]
        split = {
            pattern: pattern.split("*")
            for pattern in values
            if pattern not in self._exact and pattern != "*"
        }
        shared = Counter(anchor for pieces in split.values() for anchor in _anchors(pieces))
        # By place, length and text of the anchor.
        self._anchored: tuple[dict[int, dict[str, list[tuple[_Pieces, _T]]]], ...] = ({}, {}, {})
        for pattern, pieces in split.items():
            place, text = min(_anchors(pieces), key=lambda a: (shared[a], -len(a[1])))
            by_text = self._anchored[place].setdefault(len(text), {})
            by_text.setdefault(text, []).append((pieces, values[pattern]))

    def find(self, text: str) -> Iterator[_T]:
        """Yield the value of each pattern that matches `text`."""
        if text in self._exact:
            yield self._exact[text]
        yield from self._any
        for pieces, value in self._candidates(text):
            if matches(pieces, text):
                yield value

    def _candidates(self, text: str) -> Iterator[tuple[_Pieces, _T]]:
        """Yield the patterns whose anchors are in a text, each once."""
        starts, ends, inner = self._anchored
        for length, by_text in starts.items():
            yield from by_text.get(text[:length], ())
        for length, by_text in ends.items():
            yield from by_text.get(text[-length:], ())
        for length, by_text in inner.items():
            windows = {text[start : start + length] for start in range(len(text) - length + 1)}
            for window in windows:
                if window in by_text:
                    yield from by_text[window]


def matches(pieces: _Pieces, text: str) -> bool:
    """Return whether a text consists of the pieces in order, with anything between them.

    >>> matches("a*c*e".split("*"), "abcde"), matches("a*a".split("*"), "a")
    (True, False)
    """
    if len(pieces) == 1:
        return text == pieces[0]
    start, *inner, end = pieces
    stop = len(text) - len(end)
    if len(start) > stop or not (text.startswith(start) and text.endswith(end)):
        return False
    position = len(start)
    for piece in inner:
        position = text.find(piece, position, stop)
        if position < 0:
            return False
        position += len(piece)
    return True


def _anchors(pieces: _Pieces) -> Iterator[tuple[int, str]]:
    """Yield the places and texts of all anchors of a pattern."""
    start, *inner, end = pieces
    if start:
        yield _START, start[:_LONGEST]
    if end:
        yield _END, end[-_LONGEST:]
    for piece in inner:
        yield _INNER, piece[:_LONGEST_INNER]
