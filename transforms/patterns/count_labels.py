"""Count the pages and collected pages that each label matches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas.patterns import Verdict
from transforms.patterns.url_patterns import UrlPatterns


class LabelCount(NamedTuple):
    """Pages, and collected ones among them."""

    pages: int = 0
    collected: int = 0


@dataclass
class AddCounts(beam.PTransform):
    """Add up counts, by key.

    In:      (key, LabelCount).
    Out:     one list of (key, LabelCount), sorted by key.
    """

    def expand(self, counts: PCollection[tuple[str, LabelCount]]) -> PCollection[list[Any]]:
        return (
            counts
            | "AddCounts" >> beam.CombinePerKey(add_counts)
            | "CollectCounts" >> beam.combiners.ToList()
            | "Sort" >> beam.Map(sorted)
        )


def count_labels(
    rows: pa.Table, collected: NDArray[np.bool_], labels: Mapping[str, Verdict]
) -> Iterator[tuple[str, LabelCount]]:
    """Yield (pattern, count) for the pages of one shard, each labelled pattern once.

    `rows` have the column url.
    """
    patterns = UrlPatterns(labels)
    counts: dict[str, LabelCount] = {}
    urls = rows.column("url").to_pylist() if labels else []
    for url, is_collected in zip(urls, collected.tolist(), strict=False):
        for pattern in patterns.matching(url):
            pages, before = counts.get(pattern, LabelCount())
            counts[pattern] = LabelCount(pages + 1, before + is_collected)
    yield from counts.items()


def add_counts(counts: Iterable[LabelCount]) -> LabelCount:
    """Add counts, in any order."""
    pages, collected = zip(LabelCount(), *counts, strict=True)
    return LabelCount(sum(pages), sum(collected))
