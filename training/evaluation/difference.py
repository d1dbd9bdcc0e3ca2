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

    Each is a list of training runs, with the likelihoods of the same problems in each. The variance
    has three independent components: the spread over the runs of either corpus, divided by their
    number, and the sampling of problems, as of a ratio of sums. Its degrees of freedom are
    Satterthwaite's (Biometrics Bulletin 2, 1946). With a single run or problem a component is
    unknown, and the result is None.

    A percentile bootstrap over runs would be too narrow: resampling three values finds only two
    thirds of their variance, and knows nothing of the uncertainty of that variance.
    """
    if min(len(first), len(other), len(first[0])) < 2:
        return None
    bytes_P = np.array([text.bytes for text in first[0]], np.float64)
    first_SP, other_SP = _bits(first), _bits(other)
    runs = [bits_SP.sum(1) / bytes_P.sum() for bits_SP in (first_SP, other_SP)]
    difference = float(runs[1].mean() - runs[0].mean())
    residual_P = other_SP.mean(0) - first_SP.mean(0) - difference * bytes_P
    components = [(float(run_S.var(ddof=1)) / len(run_S), len(run_S) - 1) for run_S in runs]
    count = len(bytes_P)
    components.append(
        (float((residual_P**2).sum() / bytes_P.sum() ** 2 * count / (count - 1)), count - 1)
    )
    margin = _margin(components, level)
    return Estimate(difference, difference - margin, difference + margin)


def _bits(runs: Sequence[Sequence[Likelihood]]) -> NDArray[np.float64]:
    return np.array([[text.nats / math.log(2) for text in run] for run in runs])


def _margin(components: Sequence[tuple[float, int]], level: float) -> float:
    """Return half the width of a t interval from (variance, degrees of freedom) pairs."""
    variance = math.fsum(part for part, _ in components)
    if variance == 0:
        return 0.0
    freedom = variance**2 / math.fsum(part**2 / df for part, df in components)
    return float(stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance)
