"""Hold out a tenth of the seed and of the crawl: texts that no classifier is ever trained on.

They are held out by domain, since a classifier knows the pages of a site that it was trained on. A
domain belongs to one of BUCKETS buckets by its hash, so that the pages of a crawl are counted in
bounded memory, and all rounds hold out the same texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transforms.text.fingerprints import hash64

BUCKETS = 4096
_MOST_SEED_TEXTS = 10_000  # a tenth of a larger seed would only take time
_LEAST_SEED_TEXTS = 100  # of a tenth of a smaller seed, the lowest scores are left to chance
_MOST_OF_SEED = 1 / 3  # nor may more be held out
_SHARE = 10  # one of so many texts
MIN_DOMAINS = 5  # of the texts, or they are held out by their own hash; held out, if there are many
_LARGEST = 2  # times the texts that are wanted: no more are held out


@dataclass(frozen=True)
class HeldOut:
    """Which texts are held out: those whose domain, or else whose own key, is in some buckets."""

    by: Literal["domain", "hash"] = "hash"
    buckets: frozenset[int] = frozenset()

    def holds(self, domain: str, key: str) -> bool:
        """Return whether a text is held out; `key` identifies it, `domain` may be ""."""
        if self.by == "hash":
            return _bucket(key) in self.buckets
        return bool(domain) and _bucket_of_domain(domain) in self.buckets


@dataclass
class BucketCounts:
    """Numbers of texts by the bucket of their domain, and of their key; arrays of int64."""

    by_domain: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BUCKETS, np.int64))
    by_hash: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BUCKETS, np.int64))

    def add(self, texts: Iterable[tuple[str, str]]) -> int:
        """Count texts, by their domains, which may be "", and their keys; return their number."""
        number = 0
        for number, (domain, key) in enumerate(texts, 1):  # noqa: B007
            self.by_hash[_bucket(key)] += 1
            if domain:
                self.by_domain[_bucket_of_domain(domain)] += 1
        return number

    def held_out(self, texts: HeldOut) -> int:
        """Return how many of the texts are held out."""
        counts = self.by_domain if texts.by == "domain" else self.by_hash
        return int(counts[sorted(texts.buckets)].sum())

    def __add__(self, other: "BucketCounts") -> "BucketCounts":
        return BucketCounts(self.by_domain + other.by_domain, self.by_hash + other.by_hash)


def plan_held_out_seed(counts: BucketCounts) -> HeldOut:
    """Hold out a tenth of the seed, but 100 texts or a third of a small one, and 10,000 at most.

    The cutoff is the score that a share of these texts reaches: 95 % of 30 texts is all but the
    lowest, of which another round may score one quite differently.
    """
    total = int(counts.by_hash.sum())
    least = min(_LEAST_SEED_TEXTS, total * _MOST_OF_SEED) if total >= MIN_DOMAINS else 0
    return plan_held_out(counts, min(_MOST_SEED_TEXTS, max(total / _SHARE, least)))


def plan_held_out(counts: BucketCounts, wanted: float | None = None) -> HeldOut:
    """Hold out a tenth of the texts, or about `wanted`: whole domains, if that is possible.

    It is not if there are fewer than five domains, or if some are so large that the others do not
    have half as many texts as are wanted. Then texts are held out by hash; of fewer than five texts
    none is. No more than a fifth of the domains are held out, but five if there are 25, and no more
    than twice the texts that are wanted.
    """
    if wanted is None:
        wanted = int(counts.by_hash.sum()) / _SHARE
    if np.count_nonzero(counts.by_domain) >= MIN_DOMAINS and (
        buckets := _choose(counts.by_domain, wanted, MIN_DOMAINS, 1 / MIN_DOMAINS)
    ):
        return HeldOut("domain", buckets)
    return HeldOut("hash", _choose(counts.by_hash, wanted, 1, 1.0))


def _choose(
    counts: NDArray[np.int64], wanted: float, least: int, most_share: float
) -> frozenset[int]:
    """Return the first buckets that have the wanted number of texts, or none if that fails.

    No more than a share of the buckets are chosen, and at least `least` if that share is as many.
    """
    used = np.flatnonzero(counts).tolist()
    most = max(1, int(len(used) * most_share))
    least = least if least <= most else 1
    chosen: list[int] = []
    held_out = 0
    for bucket in used:
        if len(chosen) >= most or (held_out >= wanted and len(chosen) >= least):
            break
        if counts[bucket] * least <= _LARGEST * wanted and (
            held_out + counts[bucket] <= _LARGEST * wanted
        ):
            chosen.append(bucket)
            held_out += int(counts[bucket])
    return frozenset(chosen if held_out >= wanted / 2 else ())


def _bucket(key: str) -> int:
    return hash64(f"held out\n{key}") % BUCKETS


@lru_cache(maxsize=100_000)
def _bucket_of_domain(domain: str) -> int:
    return _bucket(domain)
