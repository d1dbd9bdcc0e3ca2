"""Confidence intervals of accuracy, Pass@K and Maj@K, which are means of values from 0 to 1."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import betaincinv

from training.evaluation.types import Estimate
from training.settings.evaluation import EvalSettings


def proportion_interval(
    values: Sequence[float], *, seed: int, resamples: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Return a confidence interval of the mean of `values` from 0 to 1, one value per problem.

    It never collapses, however alike the values are. For values of 0 and 1 it is the exact interval
    of Clopper and Pearson (Biometrika 26, 1934). Else it is that of Gaffke and of Learned-Miller
    and Thomas (arXiv:1905.06208), which equals Clopper and Pearson's where both apply: quantiles
    of the Bayesian bootstrap with one more problem, whose value is 0 for the lower end and 1 for
    the upper. Problems get random weights, `resamples` times; equal seeds give equal weights.
    Raises ValueError if there are no values, or one is not from 0 to 1.

    >>> low, high = proportion_interval([1.0] * 64, seed=0)
    >>> round(low, 3), high
    (0.944, 1.0)
    """
    if not values:
        raise ValueError("cannot compute an interval of zero values")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    shares = np.round(values, 12)  # sums of floats may exceed 1 by rounding errors
    if shares.min() < 0 or shares.max() > 1:
        raise ValueError("a value of a proportion must be from 0 to 1")
    tail = (1 - level) / 2
    if set(shares) <= {0, 1}:
        return _clopper_pearson(round(shares.sum()), len(shares), tail)
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(shares) + 1), resamples)
    low, high = (weights @ np.append(shares, extreme) for extreme in (0.0, 1.0))
    return float(np.quantile(low, tail)), float(np.quantile(high, 1 - tail))


def estimate_proportion(values: Sequence[float], settings: EvalSettings) -> Estimate:
    """Return the mean of one value from 0 to 1 per problem, and its interval."""
    low, high = proportion_interval(
        values, seed=settings.problems_seed, resamples=settings.resamples, level=settings.level
    )
    return Estimate(math.fsum(values) / len(values), low, high)


def _clopper_pearson(right: int, count: int, tail: float) -> tuple[float, float]:
    low = betaincinv(right, count - right + 1, tail) if right else 0.0
    high = betaincinv(right + 1, count - right, 1 - tail) if right < count else 1.0
    return float(low), float(high)
