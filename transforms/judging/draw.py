"""Draw pages to judge: Poisson sampling with a permanent random number for each page.

A page is drawn if its number is below the rate of its stratum. So the same call draws the same
pages, a higher rate only adds some, and so does a later draw with other strata, after which the
probability of a page is the maximum over draws: Ohlsson, "Coordination of samples using permanent
random numbers" (Business Survey Methods, 1995).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import AsSingleton, PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.manifest import Output, Part
from transforms.classifier.content_filter import CONTENT_COLUMNS
from transforms.classifier.kept_pages import kept_pages
from transforms.judging.strata import Strata, divide
from transforms.recall.collection import Collection, collectable
from transforms.recall.cutoff import Histogram, add_histograms, histogram
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, read_rows
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.excerpts import opening
from transforms.text.fingerprints import hash64

FOLDER = "judging/drawn"
_EXCERPT = 500  # characters of a page's text
_COLUMNS = ["id", "url", "language", *CONTENT_COLUMNS, "warc_file", "warc_offset"]


@dataclass(frozen=True)
class Drawing:
    """How to draw: about `pages` pages of what `collection` may collect at `cutoff`, and the rest.

    `earlier` has the pages that were drawn before, with their probabilities.
    """

    collection: Collection
    cutoff: float
    pages: int
    seed: int
    earlier: Mapping[int, float]


@dataclass(frozen=True)
class PageCounts:
    """The pages of some shards without copies: by score if collectable, and the others."""

    by_score: Histogram
    uncollectable: int


@dataclass
class DrawPages(beam.PTransform):
    """Write `judging/drawn/SHARD` for every shard: the pages that were drawn.

    The strata, which depend on the scores in all shards, are a side input. The counters
    `stratum.NAME` are the pages in each stratum.

    In:      shards, with their scores.
    Out:     one Part for each.
    """

    drawing: Drawing
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        strata = (
            items
            | "Reshuffle" >> beam.Reshuffle()
            | "CountPagesByScore" >> beam.Map(count_pages, self.drawing.collection, self.tree)
            | "AddPageCounts" >> beam.CombineGlobally(add_page_counts)
            | "DivideByScore" >> beam.Map(_divide, self.drawing)
        )
        work = partial(draw_shard, drawing=self.drawing, made_from=self.made_from, tree=self.tree)
        return items | "Shards" >> MapShards("DrawInShard", work, (AsSingleton(strata),))


def random_number(page_id: int, seed: int) -> float:
    """Return the permanent random number of a page, from 0 to less than 1."""
    return ((hash64(f"judge\n{seed}\n{page_id}") + (1 << 63)) >> 11) / (1 << 53)


def count_pages(shard: Shard, collection: Collection, tree: OutputTree) -> PageCounts:
    """Count the pages of a shard by score; the first step of its job, so it verifies the shard."""
    _, scores, may_collect = _kept_rows(shard, collection, tree)
    counts = histogram(scores[may_collect], np.ones(int(may_collect.sum()), np.int64))
    return PageCounts(counts, int((~may_collect).sum()))


def add_page_counts(counts: Iterable[PageCounts]) -> PageCounts:
    """Add up the counts of shards."""
    parts = list(counts)
    by_score = add_histograms(part.by_score for part in parts)
    return PageCounts(by_score, sum(part.uncollectable for part in parts))


def _divide(counts: PageCounts, drawing: Drawing) -> Strata:
    by_score = counts.by_score
    return divide(
        by_score.bins, by_score.tokens, counts.uncollectable, drawing.cutoff, drawing.pages
    )


def draw_shard(
    shard: Shard, strata: Strata, drawing: Drawing, made_from: str, tree: OutputTree
) -> Part:
    """Write the drawn pages of a shard to `judging/drawn/SHARD`."""
    path = f"{FOLDER}/{shard.name}"
    if existing := existing_part(shard.name, [path], tree, made_from):
        return existing
    rows, scores, may_collect = _kept_rows(shard, drawing.collection, tree, is_verified=True)
    numbers = strata.numbers(scores, may_collect)
    drawn, probabilities = _draw(rows.column("id").to_pylist(), numbers, strata, drawing)
    names = [stratum.name for stratum in strata]
    rows = rows.take(pa.array(drawn, pa.int64()))
    in_file = rows.column("row").to_pylist()
    drawn_rows = rows.select(["id", "language", "url", "warc_file", "warc_offset"])
    table = pa.table(
        {
            **dict(zip(drawn_rows.column_names, drawn_rows.columns, strict=True)),
            "stratum": pa.array([names[number] for number in numbers[drawn]], pa.string()),
            "probability": pa.array(probabilities, pa.float64()),
            "score": pa.array(scores[drawn]),
            "text": pa.array(_texts(shard.file("pages"), in_file, tree), pa.string()),
        }
    )
    with tree.create(path) as local:
        with ShardWriter(local, shards.DRAWN, made_from) as writer:
            writer.add_table(table.select(shards.DRAWN.names))
            for number, name in enumerate(names):
                writer.counters[f"stratum.{name}"] = int((numbers == number).sum())
        return writer.part(shard.name, path)


def _kept_rows(
    shard: Shard, collection: Collection, tree: OutputTree, is_verified: bool = False
) -> tuple[pa.Table, NDArray[np.float32], NDArray[np.bool_]]:
    """Return the pages of a shard that are no copies, their scores, and which are collectable.

    The column `row` has the numbers of their rows.
    """
    rows = tree.read_table(shard.file("pages"), _COLUMNS, is_verified)
    rows = rows.append_column("row", pa.array(np.arange(len(rows))))
    kept = kept_pages(rows, shard, tree)
    sidecar = shard.file(in_round(collection.number, "scores"))
    scores = tree.read_sidecar(rows, sidecar, "score").to_numpy()[kept]
    rows = rows.filter(pa.array(kept))
    return rows, scores, collectable(rows, collection)


def _draw(
    ids: list[int], numbers: NDArray[np.int64], strata: Strata, drawing: Drawing
) -> tuple[list[int], list[float]]:
    """Return the positions of the drawn pages and their probabilities."""
    rates = [stratum.rate for stratum in strata]
    drawn, probabilities = [], []
    for position, (page, number) in enumerate(zip(ids, numbers.tolist(), strict=True)):
        before, rate = drawing.earlier.get(page, 0.0), rates[number]
        if before or random_number(page, drawing.seed) < rate:
            drawn.append(position)
            probabilities.append(max(before, rate))
    return drawn, probabilities


def _texts(pages: Output, numbers: list[int], tree: OutputTree) -> list[str]:
    """Return the beginnings of the texts of some pages, by their rows."""
    if not numbers:
        return []
    with tree.open_parquet(pages, is_verified=True) as parquet:
        return [opening(text, _EXCERPT) for (text,) in read_rows(parquet, numbers, ["text"])]
