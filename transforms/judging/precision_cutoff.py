"""Find the cutoff score at which judged pages meet a target precision, and measure it honestly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.judging.calibration import Calibration, calibrate
from transforms.judging.estimates import Interval, precision_of, recall_of
from transforms.judging.judged_page import JudgedPage
from transforms.text.fingerprints import hash64

LEAST_PROBABILITY = 0.5  # of mathematics at the cutoff: below it a page is more likely none
FOLDS = 10


@dataclass(frozen=True)
class CrossFitted:
    """Precision and recall of pages at cutoffs that other pages set.

    `collected` says of each judged page whether it reaches the cutoff found without its fold;
    `cutoffs` are those of the folds, None where no score meets the target.
    """

    collected: tuple[bool, ...]
    cutoffs: tuple[float | None, ...]
    precision: Interval
    recall: Interval


def find_precision_cutoff(
    judged: Sequence[JudgedPage], target: float, least_probability: float = LEAST_PROBABILITY
) -> float | None:
    """Return the lowest score at and above which judged pages have the target precision.

    Precision is the weight of mathematics / the weight of decided pages, at or above the score.
    The calibrated probability at the score itself is at least `least_probability`, so that a long
    pure top does not pay for pages that are mostly none. None if no score of a page meets both.
    """
    calibration = calibrate(judged)
    if calibration is None:
        return None
    pages = [page for page in judged if page.is_decided and page.score is not None]
    scores, positions = np.unique([page.score for page in pages], return_inverse=True)
    weights = np.array([page.weight for page in pages])
    is_math = np.array([page.is_math for page in pages])
    precision = _from_top(positions, weights * is_math) / _from_top(positions, weights)
    meets = (precision >= target) & (calibration.probabilities_of(scores) >= least_probability)
    return float(scores[meets][0]) if meets.any() else None


def find_expected_cutoff(
    calibration: Calibration,
    scores: NDArray[np.float64],
    sizes: NDArray[np.int64],
    target: float,
    least_probability: float = LEAST_PROBABILITY,
) -> float | None:
    """Return the lowest of `scores` at and above which pages have the target precision on average.

    Precision is the mean of the calibrated probabilities, weighted by `sizes`: for a crawl of which
    no page is judged, with probabilities from another. `scores` are distinct and ascending. See
    `find_precision_cutoff`, also for `least_probability`.
    """
    probabilities = calibration.probabilities_of(scores)
    positions = np.arange(len(scores))
    precision = _from_top(positions, sizes * probabilities) / np.maximum(
        1, _from_top(positions, sizes.astype(np.float64))
    )
    meets = (precision >= target) & (probabilities >= least_probability)
    return float(scores[meets][0]) if meets.any() else None


def _from_top(positions: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each position the weight of the pages there and at higher ones."""
    return np.cumsum(np.bincount(positions, weights)[::-1], dtype=np.float64)[::-1]


def cross_fitted(judged: Sequence[JudgedPage], target: float, folds: int = FOLDS) -> CrossFitted:
    """Measure each fold of the judged pages at the cutoff that the other folds set.

    Copies of one page are in one fold. A cutoff is never measured on pages that set it, which are
    too favourable (Stone, "Cross-validatory choice and assessment of statistical predictions",
    1974).
    """
    fold_of = np.array([_fold(page, folds) for page in judged], np.int64)
    cutoffs = tuple(
        find_precision_cutoff(
            [page for page, fold in zip(judged, fold_of, strict=True) if fold != number], target
        )
        for number in range(folds)
    )
    collected = tuple(
        _reaches(page, cutoffs[fold]) for page, fold in zip(judged, fold_of, strict=True)
    )
    return CrossFitted(
        collected, cutoffs, precision_of(judged, collected), recall_of(judged, collected)
    )


def _fold(page: JudgedPage, folds: int) -> int:
    key = page.id if page.kept_id is None else page.kept_id
    return hash64(f"judging fold\n{key}") % folds


def _reaches(page: JudgedPage, cutoff: float | None) -> bool:
    return cutoff is not None and page.score is not None and page.score >= cutoff
