"""Write which pages of a shard are kept, and what the others are copies of."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from schemas import shards
from schemas.manifest import Part
from transforms.dedup import groups
from transforms.dedup.components import DUPLICATE
from transforms.dedup.groups import REASONS
from transforms.dedup.pairs import Array
from transforms.storage.output_tree import OutputTree, dedup
from transforms.storage.shard_writer import ShardWriter, existing_part


def split_by_shard(duplicates: Array) -> Iterator[tuple[int, bytes]]:
    """Yield arrays of DUPLICATE by the number of their shard."""
    numbers = groups.shard_of(duplicates["node"])
    for number, positions in groups.split_by(numbers):
        yield number, duplicates[positions].tobytes()


def write_sidecar(
    number_and_inputs: tuple[int, Mapping[str, Iterable[Any]]],
    made_from: str,
    tree: OutputTree,
    is_verified: bool = True,
) -> Part:
    """Write `dedup/SHARD`: for each page whether it is kept, and if not, why.

    `is_verified`: an earlier step of the same job has compared the digest of the pages.
    """
    _, inputs = number_and_inputs
    [item] = inputs["shard"]
    path = dedup(item.shard.name)
    if existing := existing_part(item.shard.name, [path], tree, made_from):
        return existing
    grouped = np.frombuffer(b"".join(inputs["duplicates"]), DUPLICATE)
    is_kept = grouped["copies"] > 0
    duplicates, kept = grouped[~is_kept], grouped[is_kept]
    with tree.open_parquet(item.shard.file("pages"), is_verified) as parquet:
        ids = parquet.read(["id"]).column("id")
    with tree.create(path) as local:
        with ShardWriter(local, shards.DUPLICATE, made_from) as writer:
            writer.add_table(_sidecar(ids, duplicates, kept))
            writer.counters["kept"] = len(ids) - len(duplicates)
            for reason, count in zip(
                *np.unique(duplicates["reason"], return_counts=True), strict=True
            ):
                writer.counters[f"duplicates.{REASONS[reason]}"] = int(count)
            if duplicates["of_old"].any():
                writer.counters["of_older_crawl"] = int(duplicates["of_old"].sum())
        return writer.part(item.shard.name, path)


def _sidecar(ids: pa.ChunkedArray, duplicates: Array, kept: Array) -> pa.Table:
    """Return the rows of a sidecar.

    `copies` of a page that is not kept are null, and so are the other last columns of one that is.
    """
    rows = groups.row_of(duplicates["node"])
    order = np.full(len(ids), -1, np.int64)
    order[rows] = np.arange(len(rows))
    index = pa.array(order, mask=order < 0)
    copies = np.zeros(len(ids), np.int64)
    copies[groups.row_of(kept["node"])] = kept["copies"]
    reasons = pa.array([REASONS[reason] for reason in duplicates["reason"].tolist()], pa.string())
    return pa.table(
        [
            ids,
            pa.array(order < 0),
            pa.array(duplicates["duplicate_of"]).take(index),
            reasons.take(index),
            pa.array(duplicates["similarity"]).take(index),
            pa.array(copies, mask=order >= 0),
        ],
        names=shards.DUPLICATE.names,
    )
