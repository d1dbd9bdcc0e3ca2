"""Match the URLs of pages to labelled URL patterns, in time that does not grow with their number.

A pattern is a host and the first segments of a path, as in `mathoverflow.net/questions`: it matches
that path and everything below it. One with parameters, as in `forum.org/view.php?f=7`, matches
exactly that path, with these parameters and any others. `*` matches anything within a segment, the
host or a parameter (`*.stackexchange.com/questions`, `dlmf.nist.gov/*.F*`); `{number}`, `{date}`
and `{slug}` are described in `placeholders`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from schemas.patterns import Verdict
from transforms.patterns.pattern_keys import page_parameters, page_path, pattern_key
from transforms.patterns.placeholders import DATE, WILD, Glob, date_lengths, is_wild
from transforms.patterns.wildcards import Wildcards

# A URL whose path is canonical but for scheme, www and a final slash, and canonical parameters:
# they need not be parsed. Segments with `(S(` may be sessions.
_SIMPLE = re.compile(
    r"https?://(?:www\d?\.)?+((?:[a-z0-9-]+\.)+[a-z]+"
    r"(?:/(?!\.|\(S\()(?:[\w.~!$'()+,:=@|-]|%20|%[89A-F][0-9A-F])+)*+)/?(?:\?[!-~]*)?",
    re.ASCII,
)
_SIMPLE_PARAMETERS = re.compile(r"(?:[\w.~-]+=[\w.~-]*(?:&(?!\Z)|\Z))++", re.ASCII)


class _Entry(NamedTuple):
    """A labelled pattern; the matching one of highest rank decides."""

    rank: tuple[int, int, bool, int, int, str]
    verdict: Verdict
    parameters: tuple[str, ...]
    globs: tuple[Glob, ...]  # of the parameters
    patterns: tuple[str, ...]  # as they were written


class UrlPatterns:
    """Labels of URL patterns, looked up by URL.

    Of several matching patterns, that with the most segments decides; on a tie, that with the most
    parameters, then one without wildcards, then the one with the most literal characters, then the
    one with the most placeholders.
    """

    def __init__(self, labels: Mapping[str, Verdict]) -> None:
        self._paths = _index(frozenset(labels.items()))

    def label(self, url: str) -> Verdict | None:
        """Return the label of the longest pattern that matches `url`, or None if none does."""
        entry = max(self._find(url), default=None)
        return entry.verdict if entry else None

    def matching(self, url: str) -> set[str]:
        """Return all patterns that match `url`, as they were written."""
        return {pattern for entry in self._find(url) for pattern in entry.patterns}

    def ranked(self, url: str, segments: Sequence[str]) -> tuple[str, ...]:
        """Return all patterns that match `url`, of these `path_segments`; the last decides."""
        entries = list(self._paths.find(segments, 0, url)) if self._paths else []
        if len(entries) > 1:
            entries.sort()
        elif entries:
            return entries[0].patterns
        return tuple([pattern for entry in entries for pattern in entry.patterns])

    def _find(self, url: str) -> Iterable[_Entry]:
        if self._paths is None:
            return ()
        return self._paths.find(path_segments(url), 0, url)


def path_segments(url: str) -> list[str]:
    """Return the host and the path segments of a page as patterns spell them; see `page_path`."""
    simple = _SIMPLE.fullmatch(url)
    return simple[1].split("/") if simple else page_path(url)


def url_parameters(url: str) -> list[str]:
    """Return the parameters of a page as patterns spell them; see `page_parameters`."""
    query = url.partition("?")[2]
    return query.split("&") if _SIMPLE_PARAMETERS.fullmatch(query) else page_parameters(url)


class _Paths:
    """Entries by the segments of their paths, from some segment on."""

    def __init__(self, entries: Iterable[tuple[Sequence[str], _Entry]]) -> None:
        """Index entries; each comes with the segments that are left of its path."""
        self._plain: dict[str, _Entry] = {}
        queries: dict[str, list[_Entry]] = defaultdict(list)
        rests: dict[str, dict[str, list[tuple[Sequence[str], _Entry]]]] = {}
        self._depth = 0  # segments without `*`, at most
        for segments, entry in entries:
            plain = list(takewhile(lambda segment: not is_wild(segment), segments))
            self._depth = max(self._depth, len(plain))
            head = _head(plain)
            if len(plain) < len(segments):
                rest = segments[len(plain) + 1 :], entry
                rests.setdefault(head, {}).setdefault(segments[len(plain)], []).append(rest)
            elif entry.parameters:
                queries[head].append(entry)
            else:
                self._plain[head] = entry
        self._queries = {head: _Queries(entries) for head, entries in queries.items()}
        self._wild = {
            head: Wildcards(
                {segment: _Paths(rest) for segment, rest in by_segment.items() if segment != DATE}
            )
            for head, by_segment in rests.items()
        }
        self._dated = {  # entries below a date, which may be several segments
            head: _Paths(by_segment[DATE])
            for head, by_segment in rests.items()
            if DATE in by_segment
        }

    def find(self, segments: Sequence[str], start: int, url: str) -> Iterator[_Entry]:
        """Yield all entries that match the segments of the path of `url` from `start` on."""
        head = ""
        for position in range(start, min(len(segments), start + self._depth) + 1):
            if head in self._plain:
                yield self._plain[head]
            if position == len(segments):
                if head in self._queries:
                    yield from self._queries[head].find(url)
            else:
                if head in self._wild:
                    for rest in self._wild[head].find(segments[position]):
                        yield from rest.find(segments, position + 1, url)
                if head in self._dated:
                    for length in date_lengths(segments, position):
                        yield from self._dated[head].find(segments, position + length, url)
                head = f"{head}/{segments[position]}"


class _Queries:
    """Entries of one path by their parameters: by the one that the fewest of them have."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        entries = list(entries)
        shared = Counter(name for entry in entries for name in entry.parameters)
        by_parameter: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            by_parameter[min(entry.parameters, key=lambda name: (shared[name], name))].append(entry)
        self._by_parameter = Wildcards(by_parameter)

    def find(self, url: str) -> Iterator[_Entry]:
        """Yield all entries whose parameters are among those of `url`."""
        parameters = url_parameters(url)
        for parameter in parameters:
            for entries in self._by_parameter.find(parameter):
                yield from (entry for entry in entries if _has_all(parameters, entry))


def _has_all(parameters: Sequence[str], entry: _Entry) -> bool:
    return all(any(wanted.matches(parameter) for parameter in parameters) for wanted in entry.globs)


def _head(segments: Sequence[str]) -> str:
    return "".join(f"/{segment}" for segment in segments)


@lru_cache(maxsize=2)
def _index(labels: frozenset[tuple[str, Verdict]]) -> _Paths | None:
    """Return an index of labels, or None if there are none, once per process."""
    by_key: dict[str, list[tuple[str, Verdict]]] = defaultdict(list)
    for pattern, verdict in sorted(labels):
        by_key[pattern_key(pattern)].append((pattern, verdict))
    return _Paths(_entry(key, same) for key, same in by_key.items()) if by_key else None


def _entry(key: str, labels: Sequence[tuple[str, Verdict]]) -> tuple[Sequence[str], _Entry]:
    """Return the segments and the entry of the patterns that have one key."""
    path, _, query = key.partition("?")
    segments = path.split("/")
    parameters = tuple(query.split("&")) if query else ()
    literal, placeholders = len(WILD.sub("", key)), key.count("{")
    rank = (len(segments), len(parameters), not is_wild(key), literal, placeholders, key)
    patterns = tuple(pattern for pattern, _ in labels)
    globs = tuple(map(Glob, parameters))
    return segments, _Entry(rank, labels[0][1], parameters, globs, patterns)
