"""Turn scores into probabilities by isotonic regression on judged pages.

The probability is a non-decreasing function of the score, so the order of pages is unchanged:
Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates"
(KDD 2002).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from transforms.judging.judged_page import JudgedPage


@dataclass(frozen=True)
class Calibration:
    """Probabilities of mathematics at increasing scores; linear between them, constant beyond.

    They are fitted to judged pages, of the crawl or of older ones, or else to held-out texts of the
    seed and pages of the crawl, as if there were as many of each; "nothing": they are the scores
    themselves.
    """

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    fitted_to: Literal["judged", "carried", "held-out", "nothing"] = "judged"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Calibration":
        """Parse what `to_json` returned."""
        values = json.loads(text)
        scores, probabilities = tuple(values["scores"]), tuple(values["probabilities"])
        return cls(scores, probabilities, values["fitted_to"])

    def to_json(self) -> str:
        """Return the content of `calibration.json` of a round."""
        return json.dumps(vars(self), indent=1) + "\n"

    def probability(self, score: float) -> float:
        """Return the probability that a page with this score is mathematics."""
        return float(self.probabilities_of([score])[0])

    def digest(self) -> str:
        """Return the SHA-256 of the scores and their probabilities."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def probabilities_of(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Return the probability at each score; NaN, the score of a copy, stays NaN."""
        return np.interp(np.asarray(scores, np.float64), self.scores, self.probabilities)


def isotonic(
    scores: Sequence[float], is_math: Sequence[bool], weights: Sequence[float]
) -> Calibration:
    """Fit probabilities to pages by weighted isotonic regression.

    Only the ends of each run of equal probabilities are kept. Raises ValueError without pages.

    >>> isotonic([0.1, 0.2, 0.3, 0.4], [False, True, False, True], [1, 1, 1, 1]).probabilities
    (0.0, 0.5, 0.5, 1.0)
    """
    if not len(scores):
        raise ValueError("cannot calibrate scores without a page")
    distinct, positions = np.unique(np.asarray(scores, np.float64), return_inverse=True)
    totals = np.bincount(positions, weights)
    math = np.bincount(positions, np.asarray(weights, np.float64) * np.asarray(is_math, np.bool_))
    fitted = np.clip(isotonic_regression(math / totals, weights=totals).x, 0, 1)
    inner = np.zeros(len(distinct), np.bool_)  # neither begins nor ends a run
    inner[1:-1] = (fitted[1:-1] == fitted[:-2]) & (fitted[1:-1] == fitted[2:])
    return Calibration(tuple(distinct[~inner].tolist()), tuple(fitted[~inner].tolist()))


def calibrate(judged: Sequence[JudgedPage]) -> Calibration | None:
    """Fit probabilities to the judged pages with a score; None if there are none.

    Pages of the verdict `partly` are left out.
    """
    pages = [page for page in judged if page.is_decided and page.score is not None]
    if not pages:
        return None
    return isotonic(
        [page.score for page in pages if page.score is not None],
        [page.is_math for page in pages],
        [page.weight for page in pages],
    )
