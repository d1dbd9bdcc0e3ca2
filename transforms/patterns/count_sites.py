"""Count pages and collected pages by domain, by URL pattern, or by label."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas.patterns import Verdict
from transforms.patterns.pattern_keys import prefixes
from transforms.patterns.url_patterns import UrlPatterns
from transforms.text.fingerprints import hash64

_SAMPLES = 5  # URLs per site

Keys = Callable[[str, str], Iterable[str]]  # domain and URL of a page -> keys to count it under


@dataclass(frozen=True, slots=True)
class SiteCount:
    """Counts of the pages of a site; `samples`: (hash, URL) of those with the lowest hashes."""

    pages: int = 0
    collected: int = 0
    tokens: int = 0
    collected_tokens: int = 0
    samples: tuple[tuple[int, str], ...] = ()

    @property
    def share(self) -> float:
        """Return the fraction of the pages that were collected."""
        return self.collected / self.pages


@dataclass
class AddCounts(beam.PTransform):
    """Add up the counts of sites, by key.

    In:      (key, SiteCount).
    Out:     one list of (key, SiteCount), sorted by key: the keys with at least `least` collected
             pages.
    """

    least: int = 1

    def expand(self, counts: PCollection[tuple[str, SiteCount]]) -> PCollection[list[Any]]:
        return (
            counts
            | "AddCounts" >> beam.CombinePerKey(add_counts)
            | "KeepCollected" >> beam.Filter(_has_collected, self.least)
            | "CollectCounts" >> beam.combiners.ToList()
            | "Sort" >> beam.Map(sorted)
        )


def by_domain(domain: str, url: str) -> Iterable[str]:
    """Return the keys to count a page under: its domain."""
    return (domain,)


@dataclass(frozen=True)
class ByPattern:
    """The keys to count a page under: the URL patterns that match it, if it is in `domains`."""

    domains: frozenset[str]
    max_depth: int

    def __call__(self, domain: str, url: str) -> Iterable[str]:
        return prefixes(url, self.max_depth) if domain in self.domains else ()


class ByLabel:
    """The keys to count a page under: the labelled URL patterns that match it."""

    def __init__(self, labels: Mapping[str, Verdict]) -> None:
        self._patterns = UrlPatterns(labels)

    def __call__(self, domain: str, url: str) -> Iterable[str]:
        return self._patterns.matching(url)


def count_pages(
    rows: pa.Table, collected: NDArray[np.bool_], keys: Keys, with_samples: bool = False
) -> Iterator[tuple[str, SiteCount]]:
    """Yield (key, count) for the pages of one shard, each key once.

    `rows` have the columns id, url, domain and tokens.
    """
    counts: dict[str, SiteCount] = {}
    columns = (column.to_pylist() for column in rows.select(["url", "domain", "tokens"]).columns)
    for url, domain, tokens, is_collected in zip(*columns, collected.tolist(), strict=True):
        samples = ((hash64(url), url),) if with_samples else ()
        count = SiteCount(1, int(is_collected), tokens, tokens * is_collected, samples)
        for key in keys(domain, url):
            counts[key] = add_counts((counts[key], count)) if key in counts else count
    yield from counts.items()


def add_counts(counts: Iterable[SiteCount]) -> SiteCount:
    """Add counts, keeping the samples of lowest hash, so that the order does not matter."""
    counts = list(counts)
    return SiteCount(
        sum(count.pages for count in counts),
        sum(count.collected for count in counts),
        sum(count.tokens for count in counts),
        sum(count.collected_tokens for count in counts),
        tuple(heapq.nsmallest(_SAMPLES, {url for count in counts for url in count.samples})),
    )


def _has_collected(site: tuple[str, SiteCount], least: int) -> bool:
    return site[1].collected >= least
