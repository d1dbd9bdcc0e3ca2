"""Find the URL patterns to show to a person, and accept some of them by rule."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas.manifest import Output
from schemas.patterns import ACCEPT, RULE, Pattern
from schemas.settings import Patterns
from transforms.patterns.domain_tables import PackedTable, unpack
from transforms.patterns.pattern_keys import pattern_key
from transforms.patterns.propose import propose
from transforms.patterns.url_patterns import UrlPatterns, path_segments
from transforms.storage.output_tree import OutputTree

_SAMPLES = 10  # pages of a candidate
_MOST_PROPOSING = 200_000  # pages of a domain that patterns are proposed from; all are counted
_BATCH = 50_000  # URLs that are in memory as Python objects

Probability = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # of scores


@dataclass(frozen=True)
class Candidate:
    """A pattern in a mathematical domain, and figures of its pages: see `shards.CANDIDATE`.

    Its own pages are those that no more specific candidate matches: the pages whose fate its label
    decides. `samples` are some of them, by shard and row.
    """

    pattern: str
    pages: int
    collected: int
    own_pages: int
    own_collected: int
    probability: float
    score_p10: float
    score_p50: float
    score_p90: float
    uncollected_tokens: int
    expected_tokens: int
    samples: tuple[tuple[str, int], ...] = ()

    @property
    def divided(self) -> bool:
        """Return whether more specific candidates match some of its pages."""
        return self.own_pages < self.pages


@dataclass(frozen=True)
class Listed:
    """The candidates of a round, most expected tokens first, and how many more there are."""

    candidates: tuple[Candidate, ...]
    unlisted: int = 0  # beyond `max_candidates`
    unlisted_tokens: int = 0  # their uncollected tokens
    sampled_domains: int = 0  # too large for patterns to be proposed from all of their pages


@dataclass
class FindCandidates(beam.PTransform):
    """Find the candidates of all mathematical domains.

    In:      packed tables with the columns url, domain, tokens, collected and score, and shard and
             row, which say where the page is.
    Out:     one Listed.
    """

    settings: Patterns
    probability: Probability

    def expand(self, pages: PCollection[PackedTable]) -> PCollection[Listed]:
        return (
            pages
            | "GroupPages" >> beam.GroupByKey()
            | "CandidatesOfDomains"
            >> beam.Map(partition_candidates, self.settings, self.probability)
            | "CollectCandidates" >> beam.combiners.ToList()
            | "List" >> beam.Map(list_candidates, self.settings)
        )


def partition_candidates(
    partition: tuple[int, Iterable[bytes]], settings: Patterns, probability: Probability
) -> Listed:
    """Return the candidates of the domains of one partition, from the packed tables of all shards.

    The order of the tables does not matter.
    """
    rows = unpack(partition[1]).sort_by(
        [(name, "ascending") for name in ("domain", "url", "shard", "row")]
    )
    domains = rows.column("domain").combine_chunks().dictionary_encode()
    starts = np.flatnonzero(np.diff(domains.indices.to_numpy(), prepend=-1)).tolist()
    candidates: list[Candidate] = []
    sampled = 0
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        candidates += domain_candidates(rows.slice(start, end - start), settings, probability)
        sampled += end - start > _MOST_PROPOSING
    return list_candidates([Listed(tuple(candidates), sampled_domains=sampled)], settings)


def list_candidates(parts: Iterable[Listed], settings: Patterns) -> Listed:
    """Return the `max_candidates` candidates of most expected tokens of all parts, in order."""
    parts = list(parts)
    candidates = sorted(
        (candidate for part in parts for candidate in part.candidates),
        key=lambda candidate: (-candidate.expected_tokens, candidate.pattern),
    )
    unlisted = candidates[settings.max_candidates :]
    return Listed(
        tuple(candidates[: settings.max_candidates]),
        sum(part.unlisted for part in parts) + len(unlisted),
        sum(part.unlisted_tokens for part in parts)
        + sum(candidate.uncollected_tokens for candidate in unlisted),
        sum(part.sampled_domains for part in parts),
    )


def domain_candidates(
    rows: pa.Table, settings: Patterns, probability: Probability
) -> list[Candidate]:
    """Return the candidates of one domain, whose pages are `rows`, sorted by URL.

    Patterns are proposed from all pages, or from every n-th of a domain with more than 200,000;
    then the pages of each are counted by the same matching as that of labels. A pattern is no
    candidate if few of its pages are its own, or if no page of its own was collected, unless it is
    part of a pattern whose label would hold for it. What would mean other pages if a person wrote
    it is no candidate either, such as a host that begins with `www.` twice.
    """
    if len(rows) < settings.min_pages:
        return []
    step = -(-len(rows) // _MOST_PROPOSING)
    proposing = rows.take(np.arange(0, len(rows), step)) if step > 1 else rows
    urls, collected = (proposing.column(name).to_pylist() for name in ("url", "collected"))
    paths = list(map(path_segments, urls))
    patterns = [p for p in propose(urls, paths, collected, settings) if _means_itself(p)]
    if not patterns:
        return []
    index = UrlPatterns(dict.fromkeys(patterns, ACCEPT))
    pages = zip(urls, paths, strict=True) if step == 1 else _urls_and_paths(rows)
    matched = _matched(pages, index)
    is_collected = np.asarray(rows.column("collected"))
    columns = _Columns(
        rows.select(["shard", "row"]),
        is_collected,
        np.asarray(rows.column("tokens")).astype(np.int64),
        np.asarray(rows.column("score")).astype(np.float64),
        probability(np.asarray(rows.column("score")).astype(np.float64)),
    )
    matched = _without_idle(matched, is_collected, settings.min_pages)
    kept = sorted({pattern for key in matched for pattern in key})
    return [_candidate(pattern, matched, columns) for pattern in kept]


_Matched = dict[tuple[str, ...], NDArray[np.int64]]  # patterns, the deciding one last: rows


def _urls_and_paths(rows: pa.Table) -> Iterator[tuple[str, list[str]]]:
    for batch in rows.select(["url"]).to_batches(_BATCH):
        yield from ((url, path_segments(url)) for url in batch.column(0).to_pylist())


def _matched(pages: Iterable[tuple[str, list[str]]], patterns: UrlPatterns) -> _Matched:
    """Return the rows of pages by all the patterns that match them."""
    by_patterns: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, (url, segments) in enumerate(pages):
        if matching := patterns.ranked(url, segments):
            by_patterns[matching].append(number)
    return {key: np.array(numbers, np.int64) for key, numbers in by_patterns.items()}


def _without_idle(matched: _Matched, collected: NDArray[np.bool_], min_pages: int) -> _Matched:
    """Remove patterns with few pages of their own, or none collected, until there are none.

    The longest is removed first: its pages then belong to the next shorter one.
    """
    while idle := max(_idle(matched, collected, min_pages), key=_length, default=None):
        rows: dict[tuple[str, ...], list[NDArray[np.int64]]] = defaultdict(list)
        for key, numbers in matched.items():
            if left := tuple(pattern for pattern in key if pattern != idle):
                rows[left].append(numbers)
        matched = {key: np.sort(np.concatenate(parts)) for key, parts in rows.items()}
    return matched


def _length(pattern: str) -> tuple[int, str]:
    return pattern.count("/"), pattern


def _idle(matched: _Matched, collected: NDArray[np.bool_], min_pages: int) -> Iterator[str]:
    pages: dict[str, int] = defaultdict(int)
    useful: dict[str, int] = defaultdict(int)
    for key, numbers in matched.items():
        pages[key[-1]] += len(numbers)
        useful[key[-1]] += len(numbers) if len(key) > 1 else int(collected[numbers].sum())
    for pattern in {pattern for key in matched for pattern in key}:
        if pages[pattern] < min_pages or not useful[pattern]:
            yield pattern


@dataclass(frozen=True, eq=False)
class _Columns:
    """Columns of the pages of a domain."""

    places: pa.Table  # shard and row
    collected: NDArray[np.bool_]
    tokens: NDArray[np.int64]
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]


def _candidate(pattern: str, matched: _Matched, columns: _Columns) -> Candidate:
    groups = [(key[-1], numbers) for key, numbers in matched.items() if pattern in key]
    pages = np.concatenate([numbers for _, numbers in groups])
    own = np.sort(np.concatenate([numbers for last, numbers in groups if last == pattern]))
    left = own[~columns.collected[own]]
    expected = (columns.tokens[left] * columns.probabilities[left]).tolist()
    scores = np.sort(columns.scores[own])
    low, median, high = (float(scores[-(-len(own) * tenths // 10) - 1]) for tenths in (1, 5, 9))
    count = min(_SAMPLES, len(own))
    samples = columns.places.take(own[(2 * np.arange(count) + 1) * len(own) // (2 * count)])
    return Candidate(
        pattern,
        len(pages),
        int(columns.collected[pages].sum()),
        len(own),
        int(columns.collected[own].sum()),
        math.fsum(columns.probabilities[own].tolist()) / len(own),
        low,
        median,
        high,
        int(columns.tokens[left].sum()),
        round(math.fsum(expected)),
        tuple((row["shard"], row["row"]) for row in samples.to_pylist()),
    )


def _means_itself(pattern: str) -> bool:
    try:
        return pattern_key(pattern) == pattern
    except ValueError:
        return False


def accept_by_rule(
    candidates: Sequence[Candidate], settings: Patterns, number: int
) -> list[Pattern]:
    """Return the candidates of round `number` as rows for `patterns.csv`.

    With `accept_share` set, candidates of at least `accept_pages` pages are accepted of which at
    least that share was collected and whose mean probability of mathematics is at least
    `accept_probability`, unless they are divided: a mixed pattern is judged by its parts.
    """
    rows = []
    for candidate in candidates:
        row = Pattern(candidate.pattern, when=f"round {number}", note=_note(candidate))
        if _passes(candidate, settings):
            row = replace(row, label=ACCEPT, who=RULE)
        rows.append(row)
    return rows


def _passes(candidate: Candidate, settings: Patterns) -> bool:
    share = settings.accept_share
    return (
        share is not None
        and not candidate.divided
        and candidate.pages >= settings.accept_pages
        and candidate.collected >= share * candidate.pages
        and candidate.probability >= settings.accept_probability
    )


def _note(candidate: Candidate) -> str:
    other = "other " if candidate.divided else ""
    return (
        f"{candidate.own_collected} of {candidate.own_pages} {other}pages collected, "
        f"mean probability {candidate.probability:.2f}"
    )


def read_candidates(file: Output, tree: OutputTree) -> list[Candidate]:
    """Read `candidates.parquet` of a round, without samples."""
    names = [name for name in Candidate.__dataclass_fields__ if name != "samples"]
    rows: list[dict[str, Any]] = tree.read_table(file, names).to_pylist()
    return [Candidate(**row) for row in rows]
