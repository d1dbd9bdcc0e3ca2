"""Find the cutoff score at which a round meets its token budget (paper, section 2.1).

Scores are counted in bins of 2**-24, the distance between neighbouring float32 numbers from .5 to
1: there a bin holds a single score, and the cutoff is exact. Below .5 it is exact to 6e-8.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.manifest import Part
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import describe

BINS = 1 << 24  # from score 0 to 1; a score of 1 is in a bin of its own
_GROUP_BINS = 1 << 12  # a worker adds up the bins of one group

Tokens = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Tokens of pages by bin of score, without empty bins: two arrays sorted by bin."""

    bins: NDArray[np.int64]
    tokens: Tokens


@dataclass
class AddHistograms(beam.PTransform):
    """Write the sum of all histograms to one file, `path`.

    In:      Histogram.
    Out:     one Part.
    """

    path: str
    tree: OutputTree

    def expand(self, histograms: PCollection[Histogram]) -> PCollection[Part]:
        return (
            histograms
            | "GroupBins" >> beam.FlatMap(grouped)
            | "AddGroups" >> beam.CombinePerKey(add_histograms)
            | "CollectGroups" >> beam.combiners.ToList()
            | "WriteHistogram"
            >> beam.ParDo(WorkOnShard(partial(write_histogram, path=self.path, tree=self.tree)))
        )


def histogram(scores: NDArray[np.float32], tokens: Tokens) -> Histogram:
    """Return the sums of tokens by score.

    >>> histogram(np.array([0.5, 1, 0.5]), np.array([3, 4, 5]))
    Histogram(bins=array([ 8388608, 16777216]), tokens=array([8, 4]))
    """
    return _summed((scores.astype(np.float64) * BINS).astype(np.int64), tokens)


def grouped(histogram: Histogram) -> Iterator[tuple[int, Histogram]]:
    """Yield the bins of a histogram in groups of neighbours, with the number of each group."""
    numbers, starts = np.unique(histogram.bins // _GROUP_BINS, return_index=True)
    bins, tokens = (np.split(array, starts[1:]) for array in (histogram.bins, histogram.tokens))
    for number, *group in zip(numbers.tolist(), bins, tokens, strict=False):  # no group if empty
        yield number, Histogram(*group)


def add_histograms(histograms: Iterable[Histogram]) -> Histogram:
    """Add histograms, in any order; the sum of none is empty."""
    parts = [Histogram(np.zeros(0, np.int64), np.zeros(0, np.int64)), *histograms]
    return _summed(
        np.concatenate([part.bins for part in parts]),
        np.concatenate([part.tokens for part in parts]),
    )


def _summed(bins: NDArray[np.int64], tokens: Tokens) -> Histogram:
    distinct, positions = np.unique(bins, return_inverse=True)
    sums = np.bincount(positions, weights=tokens, minlength=len(distinct))
    return Histogram(distinct, sums.astype(np.int64))


def write_histogram(groups: Iterable[tuple[int, Histogram]], path: str, tree: OutputTree) -> Part:
    """Write the groups of one histogram to `path`, sorted by score."""
    total = add_histograms(group for _, group in groups)
    with tree.create(path) as local:
        table = pa.table([total.bins, total.tokens], schema=shards.HISTOGRAM)
        pq.write_table(table, local, compression="zstd")
        output = describe(local, path, table.num_rows)
    return Part(name="histogram", outputs=[output])


def find_cutoff(histogram: pa.Table, budget: int, min_score: float) -> float:
    """Return the highest score with `budget` tokens at or above it.

    It is never below `min_score`, and is `min_score` if all tokens fit into the budget. `histogram`
    is what `write_histogram` wrote.
    """
    bins, tokens = _columns(histogram)
    if int(tokens.sum()) <= budget:
        return min_score
    from_top = np.cumsum(tokens[::-1])
    cutoff = int(bins[::-1][np.searchsorted(from_top, budget)]) / BINS
    return max(min_score, cutoff)


def tokens_between(histogram: pa.Table, low: float, high: float = math.inf) -> int:
    """Return the tokens with a score of at least `low` and below `high`."""
    scores, tokens = scores_and_tokens(histogram)
    return int(tokens[(scores >= low) & (scores < high)].sum())


def scores_and_tokens(histogram: pa.Table) -> tuple[NDArray[np.float64], Tokens]:
    """Return the scores of pages, ascending, and the tokens of the pages with each."""
    bins, tokens = _columns(histogram)
    return bins / BINS, tokens


def coarse_histogram(histogram: pa.Table, bins: int) -> tuple[list[int], tuple[float, float]]:
    """Return the tokens in `bins` bins of equal width, and the scores that they begin and end at.

    Those are the lowest and the highest score of a page. An empty histogram has no bins.
    """
    starts, tokens = _columns(histogram)
    if not len(starts):
        return [], (0.0, 0.0)
    low, high = int(starts[0]), int(starts[-1])
    positions = np.minimum((starts - low) * bins // max(1, high - low), bins - 1)
    counts = np.bincount(positions, weights=tokens, minlength=bins)
    return counts.astype(np.int64).tolist(), (low / BINS, high / BINS)


def _columns(histogram: pa.Table) -> tuple[NDArray[np.int64], Tokens]:
    """Return the bins and their tokens, sorted by bin."""
    return histogram.column("bin").to_numpy(), histogram.column("tokens").to_numpy()
