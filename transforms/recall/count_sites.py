"""CountSites: pages and collected pages of each domain, or of each URL pattern in some domains."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.pvalue import PCollection

from transforms.recall.url_patterns import prefixes
from transforms.storage.output_tree import OutputTree, in_round, pages
from transforms.text.fingerprints import hash64

_SAMPLES = 5

Keys = Callable[[str, str], Iterable[str]]  # domain and URL of a page -> what it counts for


@dataclass(frozen=True, slots=True)
class SiteCount:
    """Counts of the pages of a site; `samples` are some of their URLs, by hash: (hash, URL)."""

    pages: int = 0
    collected: int = 0
    tokens: int = 0
    collected_tokens: int = 0
    samples: tuple[tuple[int, str], ...] = ()

    @property
    def share(self) -> float:
        """Collected pages of all pages."""
        return self.collected / self.pages


@dataclass
class CountSites(beam.PTransform):
    """Count the pages of all shards for each key that `keys` gives them, in round `number`.

    In:      names of shards.
    Out:     one list of (key, SiteCount), sorted by key: the keys with a collected page.
    """

    number: int
    keys: Keys
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[list[tuple[str, SiteCount]]]:
        return (
            names
            | "Reshuffle" >> beam.Reshuffle()
            | "CountShard" >> beam.FlatMap(count_shard, self.number, self.keys, self.tree)
            | "AddCounts" >> beam.CombinePerKey(add_counts)
            | "KeepCollected" >> beam.Filter(_has_collected)
            | "CollectCounts" >> beam.combiners.ToList()
            | "Sort" >> beam.Map(sorted)
        )


def by_domain(domain: str, url: str) -> Iterable[str]:
    """Count a page for its domain."""
    return (domain,)


@dataclass(frozen=True)
class ByPattern:
    """Count a page of one of some domains for the URL patterns that it lies under."""

    domains: frozenset[str]
    max_depth: int

    def __call__(self, domain: str, url: str) -> Iterable[str]:
        return prefixes(url, self.max_depth) if domain in self.domains else ()


def count_shard(
    shard: str, number: int, keys: Keys, tree: OutputTree
) -> Iterator[tuple[str, SiteCount]]:
    """Yield (key, count) for one shard, each key once."""
    rows = tree.read_table(pages(shard), ["id", "url", "domain", "tokens"])
    collected = tree.read_sidecar(rows, in_round(number, "collected", shard), "collected")
    counts: dict[str, SiteCount] = {}
    for _, url, domain, tokens, was in zip(
        *(column.to_pylist() for column in (*rows.columns, collected)), strict=True
    ):
        one = SiteCount(1, int(was), tokens, tokens * was, ((hash64(url), url),))
        for key in keys(domain, url):
            counts[key] = add_counts((counts[key], one)) if key in counts else one
    yield from counts.items()


def add_counts(counts: Iterable[SiteCount]) -> SiteCount:
    """Add counts; of the samples those of lowest hash stay, whatever the order."""
    counts = list(counts)
    return SiteCount(
        sum(count.pages for count in counts),
        sum(count.collected for count in counts),
        sum(count.tokens for count in counts),
        sum(count.collected_tokens for count in counts),
        tuple(heapq.nsmallest(_SAMPLES, {one for count in counts for one in count.samples})),
    )


def _has_collected(site: tuple[str, SiteCount]) -> bool:
    return site[1].collected > 0
