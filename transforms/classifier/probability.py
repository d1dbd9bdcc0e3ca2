"""Compute the probability that a text is mathematics with a fastText classifier.

It imports nothing: each process that fits a classifier imports it.
"""

from typing import Any

_MATH = "__label__math"


def probability(model: Any, line: str) -> float:
    """Return a model's probability that a line is mathematics; 0 if it knows none of its words."""
    # model.predict() fails with numpy 2: it calls np.array(..., copy=False), which now raises.
    predictions = model.f.predict(line + "\n", 2, 0.0, "strict")
    return next((min(p, 1.0) for p, label in predictions if label == _MATH), 0.0)
