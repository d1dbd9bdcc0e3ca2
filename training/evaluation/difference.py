"""Differences between corpora in bits per byte, with intervals over training runs and problems."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from training.evaluation.gold_likelihood import Likelihood
from training.evaluation.types import Estimate


@dataclass(frozen=True)
class Difference:
    """By how many bits per byte `other` is worse than `first` on a benchmark.

    `behind` is None if there are too few training runs of each corpus, or problems, for an
    interval; two of each are needed.
    """

    first: str
    other: str
    benchmark: str
    runs: int  # of each corpus
    problems: int
    behind: Estimate | None

    @property
    def winner(self) -> str | None:
        """The corpus with fewer bits per byte; None if the interval includes zero."""
        if self.behind is None or self.behind.low <= 0 <= self.behind.high:
            return None
        return self.first if self.behind.low > 0 else self.other


def estimate_difference(
    first: Sequence[Sequence[Likelihood]], other: Sequence[Sequence[Likelihood]], level: float
) -> Estimate | None:
    """Return by how many bits per byte `other` is worse than `first`, with a t interval.

    Each has one training run per seed, with the likelihoods of the same problems in each. Runs are
    paired by seed. The variance is that of the differences over seeds, divided by their number,
    plus that of sampling problems, as of a ratio of sums. The degrees of freedom are those of the
    seeds alone: exact where the seeds' variance is all of it, and conservative otherwise. With a
    single run or problem a variance is unknown, and the result is None.
    """
    if min(len(first), len(first[0])) < 2:
        return None
    bytes_P = np.array([text.bytes for text in first[0]], np.float64)
    excess_SP = _bits(other) - _bits(first)
    difference_S = excess_SP.sum(1) / bytes_P.sum()
    difference = float(difference_S.mean())
    residual_P = excess_SP.mean(0) - difference * bytes_P  # their sum is 0
    of_problems = len(bytes_P) * residual_P.var(ddof=1) / bytes_P.sum() ** 2
    of_seeds = difference_S.var(ddof=1) / len(difference_S)
    quantile = float(stdtrit(len(difference_S) - 1, (1 + level) / 2))
    margin = quantile * math.sqrt(of_seeds + of_problems)
    return Estimate(difference, difference - margin, difference + margin)


def _bits(runs: Sequence[Sequence[Likelihood]]) -> NDArray[np.float64]:
    return np.array([[text.nats / math.log(2) for text in run] for run in runs])
