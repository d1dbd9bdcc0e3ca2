"""Collect the pages of a shard that score at least the cutoff."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.manifest import Part
from schemas.patterns import REJECT, Verdict
from transforms.recall.cutoff import AddHistograms, Span, Tokens, histogram
from transforms.recall.url_patterns import UrlPatterns
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, pages
from transforms.storage.shard_writer import ShardWriter, existing_part


@dataclass(frozen=True)
class Collection:
    """What round `number` may collect: pages of `min_tokens` or more, under no rejected pattern."""

    number: int
    labels: Mapping[str, Verdict]
    min_tokens: int


@dataclass
class ScoreHistogram(beam.PTransform):
    """Sum the tokens of all collectable pages by score.

    In:      names of shards.
    Out:     one histogram, int64[BINS].
    """

    collection: Collection
    span: Span
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[Any]:
        work = partial(score_histogram, collection=self.collection, span=self.span, tree=self.tree)
        histograms = (
            names | "Reshuffle" >> beam.Reshuffle() | "ScoreHistogramOfShard" >> beam.Map(work)
        )
        return histograms | "AddHistograms" >> beam.CombineGlobally(AddHistograms())


@dataclass
class CollectShards(beam.PTransform):
    """Write `collected/SHARD` for every shard: the pages with a score of at least `cutoff`.

    In:      names of shards.
    Out:     one Part for each: see `collect_shard`.
    """

    collection: Collection
    cutoff: float
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[Part]:
        work = partial(
            collect_shard, collection=self.collection, cutoff=self.cutoff, tree=self.tree
        )
        return names | "Shards" >> MapShards("CollectShard", work)


def score_histogram(shard: str, collection: Collection, span: Span, tree: OutputTree) -> Tokens:
    """Return the tokens of the collectable pages of a shard by score, int64[BINS]."""
    rows = tree.read_table(pages(shard), ["id", "url", "tokens"])
    scores = _scores(rows, shard, collection, tree)
    mask = _collectable(rows, collection)
    return histogram(scores[mask], rows.column("tokens").to_numpy()[mask], span)


def collect_shard(shard: str, collection: Collection, cutoff: float, tree: OutputTree) -> Part:
    """Write `collected/SHARD`: which collectable pages have a score of at least `cutoff`.

    Counters: `pages`, `tokens`, `collected_pages`, `collected_tokens`, and `known_pages`,
    `known_tokens`: those of them that the previous round collected too.
    """
    path = in_round(collection.number, "collected", shard)
    if existing := existing_part(shard, [path], tree):
        return existing
    rows = tree.read_table(pages(shard), ["id", "url", "tokens"])
    collected = _collectable(rows, collection) & (_scores(rows, shard, collection, tree) >= cutoff)
    known = collected & _previously_collected(rows, shard, collection.number, tree)
    tokens = rows.column("tokens").to_numpy()
    with tree.create(path) as local:
        with ShardWriter(local, shards.COLLECTED) as sidecar:
            sidecar.add_table(pa.table({"id": rows.column("id"), "collected": pa.array(collected)}))
            sidecar.counters.update(pages=len(tokens), tokens=int(tokens.sum()))
            for name, mask in (("collected", collected), ("known", known)):
                sidecar.counters[f"{name}_pages"] = int(mask.sum())
                sidecar.counters[f"{name}_tokens"] = int(tokens[mask].sum())
        return sidecar.part(shard, path)


def _scores(
    rows: pa.Table, shard: str, collection: Collection, tree: OutputTree
) -> NDArray[np.float64]:
    sidecar = in_round(collection.number, "scores", shard)
    scores = tree.read_sidecar(rows, sidecar, "score").to_pylist()
    return np.array(scores, np.float64)


def _collectable(rows: pa.Table, collection: Collection) -> NDArray[np.bool_]:
    patterns = UrlPatterns(collection.labels)
    allowed = [patterns.label(url) != REJECT for url in rows.column("url").to_pylist()]
    long_enough = np.array(rows.column("tokens").to_pylist(), np.int64) >= collection.min_tokens
    return np.array(allowed, np.bool_) & long_enough


def _previously_collected(
    rows: pa.Table, shard: str, number: int, tree: OutputTree
) -> NDArray[np.bool_]:
    if number == 1:
        return np.zeros(rows.num_rows, bool)
    previous = in_round(number - 1, "collected", shard)
    return np.array(tree.read_sidecar(rows, previous, "collected").to_pylist(), bool)
