"""Means over problems with their intervals, as the settings ask for them."""

import math
from collections.abc import Sequence

from training.bootstrap import bootstrap_interval
from training.eval_result import Estimate
from training.eval_settings import EvalSettings


def estimate(
    values: Sequence[float], settings: EvalSettings, weights: Sequence[float] | None = None
) -> Estimate:
    """Return the mean of one value a problem, or sum(values) / sum(weights), and its interval."""
    low, high = bootstrap_interval(
        values,
        seed=settings.problems_seed,
        resamples=settings.resamples,
        level=settings.level,
        weights=weights,
    )
    return Estimate(math.fsum(values) / math.fsum(weights or [1.0] * len(values)), low, high)
