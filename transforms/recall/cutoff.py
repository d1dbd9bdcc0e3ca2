"""Find the cutoff score at which a round meets its token budget (paper, section 2.1)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

BINS = 4096
_BIN_SHARE = 1e-3  # of the budget: the cutoff is precise enough when its bin has no more tokens
_NARROWEST = 1e-9  # bin width below which all scores in a bin count as equal

Tokens = NDArray[np.int64]  # [BINS]


@dataclass(frozen=True)
class Span:
    """Scores from `low` up to `high`, in BINS bins of equal width; the last one includes `high`."""

    low: float = 0.0
    high: float = 1.0

    @property
    def width(self) -> float:
        """Return the width of a bin."""
        return (self.high - self.low) / BINS

    def edge(self, bin_number: int) -> float:
        """Return the lowest score of a bin."""
        return self.low + bin_number * self.width

    def within(self, bin_number: int) -> "Span":
        """Return the span of one bin."""
        return Span(self.edge(bin_number), self.edge(bin_number + 1))


def histogram(scores: NDArray[np.float64], tokens: Tokens, span: Span) -> Tokens:
    """Return the sums of tokens by score, int64[BINS].

    Scores outside the span are counted in the nearest bin. So for any span, the tokens in the bins
    above an edge are all the tokens above that edge.
    """
    bins = np.clip(((scores - span.low) / span.width).astype(np.int64), 0, BINS - 1)
    return np.bincount(bins, weights=tokens, minlength=BINS).astype(np.int64)


def cutoff_bin(tokens: Tokens, budget: int) -> int:
    """Return the highest bin that meets the budget together with all bins above it, or 0.

    >>> cutoff_bin(np.array([5, 0, 3, 2]), budget=4)
    2
    """
    from_top = np.cumsum(tokens[::-1])
    return max(0, len(tokens) - 1 - int(np.searchsorted(from_top, budget)))


def find_cutoff(
    tokens_by_score: Callable[[Span], Tokens], budget: int, min_score: float
) -> tuple[float, int]:
    """Return the cutoff, the highest score with `budget` tokens at or above it, and the total.

    The cutoff is never below `min_score`, and is `min_score` if all tokens fit into the budget.
    The histogram is refined within the bin of the cutoff until that bin has at most 1e-3 of the
    budget, or covers a single score. The total counts all tokens, whatever their score.
    """
    span = Span()
    tokens = tokens_by_score(span)
    total = int(tokens.sum())
    if total <= budget:
        return min_score, total
    bin_number = cutoff_bin(tokens, budget)
    while tokens[bin_number] > _BIN_SHARE * budget and span.width > _NARROWEST:
        span = span.within(bin_number)
        tokens = tokens_by_score(span)
        bin_number = cutoff_bin(tokens, budget)
    return max(min_score, span.edge(bin_number)), total


class AddHistograms(beam.CombineFn):
    """Sum histograms of the same span, in any order; the sum of none is all zeros."""

    def create_accumulator(self) -> Tokens:
        return np.zeros(BINS, np.int64)

    def add_input(self, total: Tokens, tokens: Tokens) -> Tokens:
        return total + tokens

    def merge_accumulators(self, totals: Iterable[Tokens]) -> Tokens:
        return sum(totals, start=self.create_accumulator())

    def extract_output(self, total: Tokens) -> Tokens:
        return total
