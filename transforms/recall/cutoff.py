"""Where to cut: the score above which a round's pages fill its budget of tokens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

BINS = 4096
_BIN_SHARE = 1e-3  # of the budget: a cutoff is exact enough when its bin holds no more tokens
_NARROWEST = 1e-9  # width of a bin in which only pages of equal score are left

Tokens = NDArray[np.int64]  # [BINS]


@dataclass(frozen=True)
class Span:
    """Scores from `low` up to `high`, in BINS bins of equal width; the last one includes `high`."""

    low: float = 0.0
    high: float = 1.0

    @property
    def width(self) -> float:
        return (self.high - self.low) / BINS

    def edge(self, bin_number: int) -> float:
        """Return the lowest score of a bin."""
        return self.low + bin_number * self.width

    def within(self, bin_number: int) -> "Span":
        """Return the span of one bin."""
        return Span(self.edge(bin_number), self.edge(bin_number + 1))


def histogram(scores: NDArray[np.float64], tokens: Tokens, span: Span) -> Tokens:
    """Add up tokens by score: int64[BINS]. Scores outside the span count in the bin next to them.

    So whatever the span is, tokens above a bin are all the tokens above its edge.
    """
    bins = np.clip(((scores - span.low) / span.width).astype(np.int64), 0, BINS - 1)
    return np.bincount(bins, weights=tokens, minlength=BINS).astype(np.int64)


def cutoff_bin(tokens: Tokens, budget: int) -> int:
    """Return the highest bin with which, and all above it, the budget is met; 0 if none does.

    >>> cutoff_bin(np.array([5, 0, 3, 2]), budget=4)
    2
    """
    from_top = np.cumsum(tokens[::-1])
    return max(0, len(tokens) - 1 - int(np.searchsorted(from_top, budget)))


def find_cutoff(
    tokens_by_score: Callable[[Span], Tokens], budget: int, min_score: float
) -> tuple[float, int]:
    """Return the highest score at or above which there are `budget` tokens, and all tokens.

    Never below `min_score`, which it is if there are not as many tokens. The histogram is asked
    for again within the bin of the cutoff until that holds next to nothing.
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
    """Add histograms of one span, in any order; none at all are zeros."""

    def create_accumulator(self) -> Tokens:
        return np.zeros(BINS, np.int64)

    def add_input(self, total: Tokens, one: Tokens) -> Tokens:
        return total + one

    def merge_accumulators(self, totals: Iterable[Tokens]) -> Tokens:
        return sum(totals, start=self.create_accumulator())

    def extract_output(self, total: Tokens) -> Tokens:
        return total
