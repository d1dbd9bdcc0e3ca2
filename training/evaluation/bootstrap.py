"""Bootstrap confidence intervals of ratios of sums over problems, such as bits per byte."""

import math
from collections.abc import Sequence

import numpy as np

from training.evaluation.types import Estimate
from training.settings.evaluation import EvalSettings


def bootstrap_interval(
    values: Sequence[float],
    weights: Sequence[float],
    *,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of sum(values) / sum(weights), one of each per problem.

    Problems are drawn with replacement, `resamples` times; equal seeds draw equal problems. Raises
    ValueError if there are no values.

    >>> bootstrap_interval([2.0, 4.0, 6.0], [1, 2, 3], seed=0)
    (2.0, 2.0)
    """
    if not values:
        raise ValueError("cannot compute an interval of zero values")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    value, weight = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(value), size=len(value)) for _ in range(resamples))
    means = [value[drawn].sum() / weight[drawn].sum() for drawn in draws]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def estimate_ratio(
    values: Sequence[float], weights: Sequence[float], settings: EvalSettings
) -> Estimate:
    """Return sum(values) / sum(weights) over problems, and its interval."""
    low, high = bootstrap_interval(
        values,
        weights,
        seed=settings.problems_seed,
        resamples=settings.resamples,
        level=settings.level,
    )
    return Estimate(math.fsum(values) / math.fsum(weights), low, high)
