"""Measure how well a classifier ranks held-out texts."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def ranking_losses(
    math: Scores, other: Scores, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for each text of mathematics the share of other texts that score above it.

    Ties count half; the other texts have weights. The mean of the result is 1 - AUC. Some of the
    other texts are mathematics too, since nobody has labelled the crawl. If they are like the texts
    of mathematics they change the AUC of every classifier by the same linear function, so that the
    best remains the best, which does not hold for the log loss (Menon et al. 2015, "Learning from
    corrupted binary labels via class-probability estimation").
    """
    if not len(math) or not len(other):
        return np.empty(0)
    order = np.argsort(other, kind="stable")
    ranked = other[order]
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    lower = below[np.searchsorted(ranked, math, "left")]
    not_higher = below[np.searchsorted(ranked, math, "right")]
    losses: NDArray[np.float64] = 1 - (lower + not_higher) / (2 * below[-1])
    return losses


def equal_weights(domains: list[str]) -> NDArray[np.float64]:
    """Return weights with which every domain counts the same; a page without one is its own."""
    counts: dict[str, int] = {}
    for domain in domains:
        counts[domain] = counts.get(domain, 0) + 1
    return np.array([1 / counts[domain] if domain else 1.0 for domain in domains], np.float64)
