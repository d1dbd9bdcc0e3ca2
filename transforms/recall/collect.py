"""Collect the pages of a shard that score at least the cutoff, and count them by domain."""

from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.manifest import Part
from transforms.classifier.content_filter import CONTENT_COLUMNS, has_content
from transforms.classifier.kept_pages import kept_pages
from transforms.patterns.count_domains import count_domains
from transforms.patterns.count_labels import LabelCount, count_labels
from transforms.patterns.domain_tables import PackedTable, pack_by_domain
from transforms.recall.at_cutoff import ScoredUrl, near_cutoff
from transforms.recall.collection import Collection, collectable
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part

_COLUMNS = ["id", "url", "domain", *CONTENT_COLUMNS]


@dataclass(frozen=True)
class CollectedShard:
    """The Part of a shard's sidecar, its counts by domain and label, and pages at the cutoff."""

    part: Part
    domains: list[PackedTable]
    labels: list[tuple[str, LabelCount]]
    at_cutoff: list[ScoredUrl]


@dataclass
class CollectShards(beam.PTransform):
    """Write `collected/SHARD` for every shard: the pages with a score of at least `cutoff`.

    `made_from` is the digest of the round's scores.

    In:      shards, with their scores and the previous round's sidecar `collected`.
    Out:     one CollectedShard for each: see `collect_shard`.
    """

    collection: Collection
    cutoff: float
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[CollectedShard]:
        work = partial(
            collect_shard,
            collection=self.collection,
            cutoff=self.cutoff,
            made_from=self.made_from,
            tree=self.tree,
        )
        return items | "Shards" >> MapShards("CollectShard", work)


def collect_shard(
    shard: Shard, collection: Collection, cutoff: float, made_from: str, tree: OutputTree
) -> CollectedShard:
    """Write `collected/SHARD`: which collectable pages have a score of at least `cutoff`.

    Counters: `pages`, `tokens` (without copies), `thin_pages` (those without content),
    `collected_pages`, `collected_tokens`, and `known_pages`, `known_tokens`: those of them that the
    previous round collected too.
    """
    rows, collected = collected_rows(shard, collection, cutoff, tree)
    path = in_round(collection.number, "collected", shard.name)
    part = existing_part(shard.name, [path], tree, made_from)
    if part is None:
        known = collected & _previously_collected(rows, shard, collection.number, tree)
        tokens = rows.column("tokens").to_numpy()
        kept = kept_pages(rows, shard, tree)
        with tree.create(path) as local:
            with ShardWriter(local, shards.COLLECTED, made_from) as sidecar:
                sidecar.add_table(
                    pa.table({"id": rows.column("id"), "collected": pa.array(collected)})
                )
                thin = kept & ~has_content(rows, collection.content)
                sidecar.counters["thin_pages"] = int(thin.sum())
                for name, mask in (("", kept), ("collected_", collected), ("known_", known)):
                    sidecar.counters[f"{name}pages"] = int(mask.sum())
                    sidecar.counters[f"{name}tokens"] = int(tokens[mask].sum())
            part = sidecar.part(shard.name, path)
    at_cutoff = pages_near_cutoff(rows, shard, collection, cutoff, tree)
    rows, collected = without_copies(rows, collected, shard, tree)
    domains = list(pack_by_domain(count_domains(rows, collected)))
    labels = list(count_labels(rows, collected, collection.labels))
    return CollectedShard(part, domains, labels, at_cutoff)


def pages_near_cutoff(
    rows: pa.Table, shard: Shard, collection: Collection, cutoff: float, tree: OutputTree
) -> list[ScoredUrl]:
    """Return the collectable pages of a shard that score closest to the cutoff."""
    sidecar = shard.file(in_round(collection.number, "scores"))
    scores = tree.read_sidecar(rows, sidecar, "score").to_numpy().astype(np.float64)
    urls = rows.column("url").to_pylist()
    return near_cutoff(urls, scores, cutoff, collectable(rows, collection) & ~np.isnan(scores))


def collected_rows(
    shard: Shard, collection: Collection, cutoff: float, tree: OutputTree, is_verified: bool = False
) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Return the pages of a shard without their texts, and which of them the round collects.

    Copies have no score, so they are not collected.
    """
    rows = tree.read_table(shard.file("pages"), _COLUMNS, is_verified)
    sidecar = shard.file(in_round(collection.number, "scores"))
    scores = tree.read_sidecar(rows, sidecar, "score").to_numpy().astype(np.float64)
    return rows, collectable(rows, collection) & (scores >= cutoff)


def without_copies(
    rows: pa.Table, collected: NDArray[np.bool_], shard: Shard, tree: OutputTree
) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Return the rows that `dedup` kept, and which of them are collected."""
    kept = kept_pages(rows, shard, tree)
    return rows.filter(pa.array(kept)), collected[kept]


def _previously_collected(
    rows: pa.Table, shard: Shard, number: int, tree: OutputTree
) -> NDArray[np.bool_]:
    if number == 1:
        return np.zeros(rows.num_rows, bool)
    previous = shard.file(in_round(number - 1, "collected"))
    return np.array(tree.read_sidecar(rows, previous, "collected").to_pylist(), bool)
