"""Estimate precision and recall from judged pages, with intervals that hold for rare misses.

Points are Horvitz-Thompson estimates: sums of weights. The number of pages of each outcome is a
weighted sum of Poisson counts, of which Fay and Feuer, "Confidence intervals for directly
standardized rates: a method based on the gamma distribution" (Statistics in Medicine, 1997) give
bounds: the lower one fits a gamma distribution to the sum, and the upper one to the sum with one
more page of the largest weight. So a stratum with no miss among n pages still bounds its misses by
3 / n (the rule of three), however unequal the weights are, and the extra page is added once, not
once in each stratum as priors are. A ratio of two sums combines their distributions by melding:
Fay, Proschan and Brittain, "Combining one-sample confidence procedures for inference in the
two-sample case" (Biometrics, 2015). With equal weights the result is the interval of Clopper and
Pearson. Decision 0021 has the alternatives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from transforms.judging.judged_page import JudgedPage

CONFIDENCE = 0.95

Flags = Sequence[bool] | NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """An estimated share with its 95 % interval, from `low` to `high`.

    `at_least` is the one-sided bound: the share is at least that with 95 % confidence. `estimate`
    is None if no page was judged on which it rests.
    """

    estimate: float | None
    low: float
    high: float
    at_least: float


UNKNOWN = Interval(None, 0.0, 1.0, 0.0)


def precision_of(judged: Sequence[JudgedPage], collected: Flags) -> Interval:
    """Estimate the share of mathematics in the collected pages."""
    pages = _with_flags(judged, collected)
    taken = [page for page, is_collected in pages if is_collected]
    good = [page for page in taken if page.is_math]
    bad = [page for page in taken if page.is_decided and not page.is_math]
    return share_interval(good, bad, taken, taken)


def recall_of(
    judged: Sequence[JudgedPage], collected: Flags, times_as_many: float = 1.0
) -> Interval:
    """Estimate the share of the crawl's mathematics that is collected.

    With `times_as_many` the result is what so many times the judged pages, with the same shares
    of each verdict, would give.
    """
    pages = _with_flags(judged, collected)
    taken = [page for page, is_collected in pages if is_collected]
    left = [page for page, is_collected in pages if not is_collected]
    recalled = [page for page in taken if page.is_math]
    missed = [page for page in left if page.is_math]
    return share_interval(recalled, missed, taken, left, times_as_many)


def share_interval(
    pages: Sequence[JudgedPage],
    others: Sequence[JudgedPage],
    population: Sequence[JudgedPage],
    other_population: Sequence[JudgedPage],
    times_as_many: float = 1.0,
) -> Interval:
    """Estimate the weight of `pages` / the weight of `pages` and `others`.

    The two populations are the judged pages, of any verdict, among which pages of either kind
    could have been: the largest weight there bounds what one more page would add. Without any,
    nothing bounds the pages of that kind.
    """
    sums = (_WeightedSum.of(pages, times_as_many), _WeightedSum.of(others, times_as_many))
    if not sums[0].total and not sums[1].total:
        return UNKNOWN
    steps = _largest_step(population, times_as_many), _largest_step(other_population, times_as_many)
    tail = (1 - CONFIDENCE) / 2
    return Interval(
        estimate=sums[0].total / (sums[0].total + sums[1].total),
        low=_lower_bound(sums[0], sums[1], steps[1], tail),
        high=1 - _lower_bound(sums[1], sums[0], steps[0], tail),
        at_least=_lower_bound(sums[0], sums[1], steps[1], 2 * tail),
    )


@dataclass(frozen=True)
class _WeightedSum:
    """An estimated number of pages, and the variance of the estimate."""

    total: float
    variance: float

    @classmethod
    def of(cls, pages: Sequence[JudgedPage], times_as_many: float) -> "_WeightedSum":
        """Return the sum of weights.

        A page drawn with probability p = 1 / w has the variance (1 - p) / p² = w (w - 1): of a
        population that was judged as a whole nothing is uncertain. A weight that was given with a
        verdict is no known probability, and has the variance w² of a Poisson count.
        """
        total = variance = 0.0
        for page in pages:
            weight, step = page.weight, page.weight / times_as_many
            total += weight
            variance += weight * (max(0.0, step - 1) if page.is_drawn else step)
        return cls(total, variance)

    def plus(self, step: float) -> "_WeightedSum":
        """Return the sum with one more page of a weight."""
        return _WeightedSum(self.total + step, self.variance + step**2)

    @property
    def shape(self) -> float:
        """Return the shape of the gamma distribution with this mean and variance."""
        return self.total**2 / max(self.variance, 1e-9 * self.total**2)

    @property
    def scale(self) -> float:
        """Return the scale of that distribution."""
        return self.total / self.shape


def _largest_step(pages: Sequence[JudgedPage], times_as_many: float) -> float:
    """Return the largest weight that one more page of some kind could have had; inf if no page.

    No page of a kind among those drawn with probability p bounds their number by log(.05) /
    log(1 - p), so a page drawn counts as -1 / log(1 - p), which is 0 if p is 1.
    """
    return max((_step(page, times_as_many) for page in pages), default=float("inf"))


def _step(page: JudgedPage, times_as_many: float) -> float:
    weight = page.weight / times_as_many
    if not page.is_drawn:
        return weight
    return -1 / log1p(-1 / weight) if weight > 1 else 0.0


def _lower_bound(
    pages: _WeightedSum, others: _WeightedSum, step: float, probability: float
) -> float:
    """Return the bound below which the share of `pages` is with a probability.

    If X and Y have gamma distributions with scale 1, X / (X + Y) has a beta distribution.
    """
    if not pages.total or step == float("inf"):
        return 0.0
    most = others.plus(step)
    if not most.total:
        return 1.0
    quantile = float(betaincinv(pages.shape, most.shape, probability))
    share = pages.scale * quantile
    return share / (share + most.scale * (1 - quantile))


def _with_flags(judged: Sequence[JudgedPage], flags: Flags) -> list[tuple[JudgedPage, bool]]:
    return [(page, bool(flag)) for page, flag in zip(judged, flags, strict=True)]
