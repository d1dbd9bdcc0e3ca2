"""Bootstrap confidence intervals of means over problems."""

import math
from collections.abc import Sequence

import numpy as np

from training.evaluation.types import Estimate
from training.settings.evaluation import EvalSettings


def bootstrap_interval(
    values: Sequence[float],
    *,
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
    weights: Sequence[float] | None = None,
) -> tuple[float, float]:
    """Return the percentile interval of the mean of `values`, one value per problem.

    With `weights` it is the interval of sum(values) / sum(weights): nats per byte, say.

    Problems are drawn with replacement, `resamples` times. All samples of a problem stay together,
    since the number of problems is what limits a benchmark. Equal seeds draw equal problems, so
    that the columns of one table use the same resamples. Raises ValueError if there are no values.

    >>> bootstrap_interval([1.0, 1.0, 1.0], seed=0)
    (1.0, 1.0)
    """
    if not values:
        raise ValueError("cannot compute an interval of zero values")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    value, weight = np.asarray(values, np.float64), np.ones(len(values))
    weight = weight if weights is None else np.asarray(weights, np.float64)
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(value), size=len(value)) for _ in range(resamples))
    means = [value[drawn].sum() / weight[drawn].sum() for drawn in draws]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def estimate(
    values: Sequence[float], settings: EvalSettings, weights: Sequence[float] | None = None
) -> Estimate:
    """Return the mean of one value per problem, or sum(values) / sum(weights), and its interval."""
    low, high = bootstrap_interval(
        values,
        seed=settings.problems_seed,
        resamples=settings.resamples,
        level=settings.level,
        weights=weights,
    )
    return Estimate(math.fsum(values) / math.fsum(weights or [1.0] * len(values)), low, high)
