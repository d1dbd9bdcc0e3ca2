"""Divide the pages of a crawl by score into strata, and decide what share of each to draw.

More pages are drawn near the cutoff, where a verdict decides most, and some from everything below.
Strata are counted in pages from the cutoff, so they do not depend on how scores are spread.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transforms.recall.cutoff import BINS

UNCOLLECTABLE = "not collectable"  # the stratum of pages that no cutoff collects
# Names from the highest scores down; where each ends, as a multiple of the pages above the cutoff,
# counted from the top; and its share of the pages to draw.
_ABOVE = (("top", 0.5, 0.10), ("high", 0.8, 0.10), ("just above", 1.0, 0.13))
_BELOW = (("just below", 1.25, 0.15), ("below", 2.0, 0.12))
_REST = (("far below", 5.0), ("bottom", float("inf")))
ABOVE_CUTOFF = tuple(name for name, *_ in _ABOVE)
NAMES = (*(name for name, *_ in (*_ABOVE, *_BELOW, *_REST)), UNCOLLECTABLE)
_REST_SHARE = 0.40  # of the pages to draw: for the rest and uncollectable pages, at one rate
_LEAST_UNIT = 0.01  # of all pages: the width of strata if hardly a page is above the cutoff


@dataclass(frozen=True)
class Stratum:
    """Pages with a score of at least `low` that are in no higher stratum.

    `pages` is their number, and `rate` the probability of drawing each.
    """

    name: str
    low: float
    pages: int
    rate: float


@dataclass(frozen=True)
class Strata:
    """All pages of the crawl without copies: by score, and those that no cutoff collects."""

    by_score: tuple[Stratum, ...]  # from the highest scores down
    uncollectable: Stratum

    def __iter__(self) -> Iterator[Stratum]:
        return iter((*self.by_score, self.uncollectable))

    def numbers(
        self, scores: NDArray[np.float32], collectable: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the position of each page's stratum, in the order of iteration."""
        lows = np.array([stratum.low for stratum in self.by_score])
        positions = np.searchsorted(-lows, -scores, side="left")
        return np.where(collectable, positions, len(self.by_score))


def divide(
    bins: NDArray[np.int64],
    counts: NDArray[np.int64],
    uncollectable: int,
    cutoff: float,
    to_draw: int,
) -> Strata:
    """Return the strata of a crawl, of which about `to_draw` pages are drawn.

    `bins` and `counts` are the histogram of the collectable pages by score, in bins of
    `cutoff.histogram`, sorted; `uncollectable` is the number of other pages.
    """
    lows = bins[::-1] / BINS  # from the top
    ranks = np.cumsum(counts[::-1])  # pages at or above each
    above = int(counts[bins / BINS >= cutoff].sum())
    unit = max(above, int(ranks[-1] * _LEAST_UNIT) if len(ranks) else 0, 1)
    limits = [(name, _reached(ranks, end * above)) for name, end, _ in _ABOVE]
    ends = [(name, end) for name, end, _ in _BELOW] + list(_REST)
    limits += [(name, _reached(ranks, above + (end - 1) * unit)) for name, end in ends]
    parts, start = [], 0
    for name, end in limits:
        if end > start:
            pages = int(ranks[end - 1] - (ranks[start - 1] if start else 0))
            parts.append((name, float(lows[end - 1]), pages))
            start = end
    return _with_rates(parts, uncollectable, to_draw)


def _reached(ranks: NDArray[np.int64], pages: float) -> int:
    """Return the number of bins from the top that hold at most so many pages."""
    return int(np.searchsorted(ranks, pages + 1e-9, side="right"))


def _with_rates(parts: list[tuple[str, float, int]], uncollectable: int, to_draw: int) -> Strata:
    shares = {name: share for name, _, share in (*_ABOVE, *_BELOW)}
    rest = uncollectable + sum(pages for name, _, pages in parts if name not in shares)
    groups = {name: (pages, shares[name]) for name, _, pages in parts if name in shares}
    *rates, rest_rate = draw_rates([*groups.values(), (rest, _REST_SHARE)], to_draw)
    rate_of = dict(zip(groups, rates, strict=True))
    by_score = [
        Stratum(name, low, pages, rate_of.get(name, rest_rate)) for name, low, pages in parts
    ]
    if by_score:  # what is lower belongs to the last
        by_score[-1] = replace(by_score[-1], low=float("-inf"))
    return Strata(tuple(by_score), Stratum(UNCOLLECTABLE, float("-inf"), uncollectable, rest_rate))


def draw_rates(groups: list[tuple[int, float]], to_draw: int) -> list[float]:
    """Return the rate of each group of pages, given its number of pages and its share of the draw.

    What a small group cannot supply is shared out among the others, so that `to_draw` pages are
    drawn on average; the rates never fall when `to_draw` grows.

    >>> draw_rates([(10, 0.5), (1000, 0.25), (1000, 0.25)], 100)
    [1.0, 0.045, 0.045]
    """
    factor = 0.0
    full: set[int] = set()
    while True:
        left = to_draw - sum(groups[number][0] for number in full)
        shares = sum(s for n, (pages, s) in enumerate(groups) if n not in full and pages)
        if not shares:
            break
        factor = max(0.0, left / shares)
        more = {
            n for n, (pages, s) in enumerate(groups) if n not in full and 0 < pages <= factor * s
        }
        if not more:
            break
        full |= more
    return [
        1.0 if n in full else min(1.0, factor * share / pages) if pages else 0.0
        for n, (pages, share) in enumerate(groups)
    ]
