"""Find judged pages in a crawl: the copies that are kept instead of them, and their scores."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Part
from transforms.classifier.content_filter import CONTENT_COLUMNS
from transforms.classifier.kept_pages import DEDUP
from transforms.recall.collection import Collection, collectable
from transforms.storage.map_shards import MapShards, WorkOnShard
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import describe

Row = tuple[Any, ...]


@dataclass(frozen=True)
class ShardRows:
    """The few rows that a shard has for a file of the whole crawl; its Part has no output."""

    part: Part
    rows: list[Row]


@dataclass
class GatherRows(beam.PTransform):
    """Write the rows of all shards to one file, `path`, sorted by id.

    In:      shards, or what `work` takes.
    Out:     one Part.
    """

    step: str
    work: Callable[[Any], ShardRows]
    path: str
    schema: pa.Schema
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        write = partial(_write, path=self.path, schema=self.schema, tree=self.tree)
        return (
            items
            | "Shards" >> MapShards(self.step, self.work)
            | "RowsOfShard" >> beam.FlatMap(_rows_of)
            | "CollectRows" >> beam.combiners.ToList()
            | "WriteRows" >> beam.ParDo(WorkOnShard(write))
        )


def locate_pages(wanted: frozenset[int], path: str, tree: OutputTree) -> GatherRows:
    """Return the transform that writes a row of LOCATED for each page of the crawl in `wanted`."""
    work = partial(locate_in_shard, wanted=wanted, tree=tree)
    return GatherRows("LocateInShard", work, path, shards.LOCATED, tree)


def gather_scores(
    wanted: frozenset[int], collection: Collection, path: str, tree: OutputTree
) -> GatherRows:
    """Return the transform that writes a row of JUDGED_SCORE for each kept page in `wanted`."""
    work = partial(scores_in_shard, wanted=wanted, collection=collection, tree=tree)
    return GatherRows("ScoresInShard", work, path, shards.JUDGED_SCORE, tree)


def locate_in_shard(shard: Shard, wanted: frozenset[int], tree: OutputTree) -> ShardRows:
    """Return id, id of the kept copy, and language of each page of a shard in `wanted`."""
    pages = tree.read_table(shard.file("pages"), ["id", "language"])
    copies = tree.read_sidecar(pages, shard.file(DEDUP), "duplicate_of")
    columns = (pages.column("id"), copies, pages.column("language"))
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return ShardRows(
        Part(name=shard.name),
        [
            (page, page if copy is None else copy, language)
            for page, copy, language in rows
            if page in wanted
        ],
    )


def scores_in_shard(
    shard: Shard, wanted: frozenset[int], collection: Collection, tree: OutputTree
) -> ShardRows:
    """Return id and score of each page of a shard in `wanted`, None if it is not collectable."""
    rows = tree.read_table(shard.file("pages"), ["id", "url", *CONTENT_COLUMNS])
    sidecar = shard.file(in_round(collection.number, "scores"))
    scores = tree.read_sidecar(rows, sidecar, "score")
    mask = np.array([page in wanted for page in rows.column("id").to_pylist()], np.bool_)
    rows, scores = rows.filter(pa.array(mask)), scores.filter(pa.array(mask)).to_pylist()
    may_collect = collectable(rows, collection).tolist()
    ids = rows.column("id").to_pylist()
    return ShardRows(
        Part(name=shard.name),
        [
            (page, score if may else None)
            for page, score, may in zip(ids, scores, may_collect, strict=True)
        ],
    )


def _rows_of(shard: ShardRows) -> list[Row]:
    return shard.rows


def _write(rows: Iterable[Row], path: str, schema: pa.Schema, tree: OutputTree) -> Part:
    ordered = sorted(rows, key=lambda row: row[0])
    with tree.create(path) as local:
        columns = zip(*ordered, strict=True) if ordered else ([] for _ in schema.names)
        pq.write_table(pa.table(list(map(list, columns)), schema=schema), local)
        return Part(name=path, outputs=[describe(local, path, len(ordered))])
