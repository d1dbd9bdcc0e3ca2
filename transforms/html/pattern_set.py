"""Search a text for many patterns in one linear pass of Hyperscan.

Patterns are those of PCRE on the bytes of UTF-8, without lookaround and back references.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from threading import Lock

import hyperscan

_SCRATCH = Lock()  # a database has memory for one search


class PatternSet:
    """Patterns by name, of which a search returns those that occur."""

    def __init__(self, patterns: Mapping[str, str], more_than: Mapping[str, int]) -> None:
        """`more_than`: the number of occurrences that a pattern has to exceed, if not 0."""
        self.names, self.more_than = tuple(patterns), more_than
        once = [hyperscan.HS_FLAG_SINGLEMATCH * (name not in more_than) for name in patterns]
        self.database = _database(patterns.values(), once)

    def find(self, text: str) -> frozenset[str]:
        """Return the names of the patterns that occur in a text.

        >>> sorted(PatternSet({"a": "a", "b": "(?i)b", "c": "c"}, {"c": 1}).find("a cab"))
        ['a', 'b']
        """
        names, least = self.names, self.more_than
        counts = Counter([number for number, _ in _matches(self.database, text)])
        return frozenset(
            [names[i] for i, times in counts.items() if times > least.get(names[i], 0)]
        )


class MatchEnds:
    """Patterns of which a search returns where their matches end."""

    def __init__(self, patterns: Collection[str]) -> None:
        self.database = _database(patterns, [0] * len(patterns))

    def find(self, text: str) -> list[int]:
        """Return the offsets, in bytes of UTF-8, at which matches end, each once.

        >>> MatchEnds(["ab+", "b"]).find("abb")
        [2, 3]
        """
        return list(dict.fromkeys(end for _, end in _matches(self.database, text)))


def _database(patterns: Collection[str], flags: Sequence[int]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.encode() for pattern in patterns],
        ids=list(range(len(patterns))),
        flags=flags,
    )
    return database


def _matches(database: hyperscan.Database, text: str) -> list[tuple[int, int]]:
    """Return the number and the end of each match."""
    matches: list[tuple[int, int]] = []

    def add(number: int, start: int, end: int, flags: int, context: object) -> None:
        matches.append((number, end))

    with _SCRATCH:
        database.scan(text.encode("utf-8", "replace"), match_event_handler=add)
    return matches
