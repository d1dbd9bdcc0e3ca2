"""Find which of many patterns with wildcards match a text, in time that does not grow with them.

A pattern is looked up by one of its literal pieces, so few patterns are compared with a text, and
each in time linear in its length.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from transforms.patterns.placeholders import Glob, is_wild

_T = TypeVar("_T")

_LONGEST = 24  # characters of an anchor at the start or end of a pattern
_LONGEST_INNER = 8  # of any other

_START, _END, _INNER = range(3)  # where an anchor is in a pattern


class Wildcards(Generic[_T]):
    """Values by pattern, looked up by text; see `placeholders` for what wildcards match.

    Each pattern is stored under its anchor: the start, the end or a part of a literal piece, that
    which it shares with the fewest others.
    """

    def __init__(self, values: Mapping[str, _T]) -> None:
        self._exact = {pattern: value for pattern, value in values.items() if not is_wild(pattern)}
        self._any = [value for pattern, value in values.items() if pattern == "*"]
        globs = {
            pattern: Glob(pattern)
            for pattern in values
            if pattern not in self._exact and pattern != "*"
        }
        self._unanchored = [
            (glob, values[pattern]) for pattern, glob in globs.items() if not any(glob.pieces)
        ]
        shared = Counter(anchor for glob in globs.values() for anchor in _anchors(glob.pieces))
        # By place, length and text of the anchor.
        self._anchored: tuple[dict[int, dict[str, list[tuple[Glob, _T]]]], ...] = ({}, {}, {})
        for pattern, glob in globs.items():
            if any(glob.pieces):
                place, text = min(_anchors(glob.pieces), key=lambda a: (shared[a], -len(a[1])))
                by_text = self._anchored[place].setdefault(len(text), {})
                by_text.setdefault(text, []).append((glob, values[pattern]))

    def find(self, text: str) -> Iterator[_T]:
        """Yield the value of each pattern that matches `text`."""
        if text in self._exact:
            yield self._exact[text]
        yield from self._any
        for glob, value in self._candidates(text):
            if glob.matches(text):
                yield value

    def _candidates(self, text: str) -> Iterator[tuple[Glob, _T]]:
        """Yield the patterns whose anchors are in a text, each once, and those without anchors."""
        yield from self._unanchored
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


def _anchors(pieces: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the places and texts of all anchors of a pattern."""
    start, *inner, end = pieces
    if start:
        yield _START, start[:_LONGEST]
    if end:
        yield _END, end[-_LONGEST:]
    for piece in inner:
        yield _INNER, piece[:_LONGEST_INNER]
