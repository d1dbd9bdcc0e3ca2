"""Find the pages that score closest to the cutoff, for a person to look at."""

import csv
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas.manifest import Part
from schemas.spreadsheet_cells import to_cell
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard_writer import describe

_PAGES = 5  # on each side of the cutoff


@dataclass(frozen=True)
class ScoredUrl:
    """A page near the cutoff: how far its score is from it, and on which side."""

    is_collected: bool
    distance: float
    url: str
    score: float


@dataclass
class WriteAtCutoff(beam.PTransform):
    """Write `at_cutoff.csv` of a round: the collected and the other pages nearest the cutoff.

    In:      ScoredUrl: the nearest of each shard.
    Out:     one Part.
    """

    number: int
    tree: OutputTree

    def expand(self, urls: PCollection[ScoredUrl]) -> PCollection[Part]:
        write = partial(write_at_cutoff, number=self.number, tree=self.tree)
        return (
            urls
            | "Nearest" >> beam.CombineGlobally(nearest)
            | "WriteAtCutoff" >> beam.ParDo(WorkOnShard(write))
        )


def near_cutoff(
    urls: list[str], scores: NDArray[np.float64], cutoff: float, eligible: NDArray[np.bool_]
) -> list[ScoredUrl]:
    """Return the eligible pages of a shard whose scores are closest to the cutoff, on each side."""
    distances = np.abs(scores - cutoff)
    candidates: list[ScoredUrl] = []
    for side in (scores >= cutoff, scores < cutoff):
        rows = np.flatnonzero(side & eligible)
        if len(rows) > 2 * _PAGES:  # ties at the last distance stay, whatever their order
            rows = rows[distances[rows] <= np.partition(distances[rows], _PAGES)[_PAGES]]
        candidates += (
            ScoredUrl(bool(scores[i] >= cutoff), float(distances[i]), urls[i], float(scores[i]))
            for i in rows
        )
    return nearest(candidates)


def nearest(urls: Iterable[ScoredUrl | list[ScoredUrl]]) -> list[ScoredUrl]:
    """Return the pages nearest the cutoff on each side, by distance and URL, in any order."""
    pages = list(_flat(urls))
    return [
        page
        for is_collected in (True, False)
        for page in heapq.nsmallest(
            _PAGES, {page for page in pages if page.is_collected == is_collected}, key=_rank
        )
    ]


def _flat(urls: Iterable[ScoredUrl | list[ScoredUrl]]) -> Iterator[ScoredUrl]:
    for item in urls:
        yield from item if isinstance(item, list) else [item]


def _rank(page: ScoredUrl) -> tuple[float, str]:
    return page.distance, page.url


def write_at_cutoff(urls: list[ScoredUrl], number: int, tree: OutputTree) -> Part:
    """Write `at_cutoff.csv` of a round, the highest score first; return its Part."""
    path = in_round(number, "at_cutoff.csv")
    rows = sorted(urls, key=lambda page: (-page.score, page.url))
    with tree.create(path) as local:
        with local.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("url", "score", "collected"))
            writer.writerows(
                (to_cell(page.url), page.score, str(page.is_collected).lower()) for page in rows
            )
        return Part(name="at_cutoff", outputs=[describe(local, path, len(rows))])
