"""Find the pages that are copies of others, by URL, text and MinHash, and keep the best of each.

Pages are compared in arrays: a partition of the hashes of all shards, and the sketches of the pages
that share one. Only hashes, sketches, ids and counts leave a worker, never text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import PCollection

from schemas.manifest import Part
from schemas.settings import Dedup
from transforms.dedup import groups
from transforms.dedup.components import find_duplicates
from transforms.dedup.groups import Nodes
from transforms.dedup.minhash import padded
from transforms.dedup.pairs import MEMBER, PAGE, PAIR, find_pairs, unique_pages
from transforms.dedup.shard_hashes import NumberedShard, hashes_of_shard
from transforms.dedup.sidecar import write_sidecar
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree
from transforms.text.urls import url_key

_NEVER = np.iinfo(np.int64).max
_PAGE_COLUMNS = ("id", "url", "formulas", "tokens", "fetched_at", "sketch")

Key = tuple[int, int]
Packed = tuple[bytes, bytes, int]  # pairs, pages and `url_changed` of a Pairs


@dataclass
class FindDuplicates(beam.PTransform):
    """Write `dedup/SHARD` for every new shard: which pages are kept, and what others are copies of.

    Pages of older crawls are kept whatever their copies, and no file is written for them.

    `partitions` is the number of arrays that all hashes are divided into; it changes no result.
    `made_from` is the digest of the pages.

    In:      NumberedShard, those of older crawls first.
    Out:     one Part for each new one, with the counters `kept`, `duplicates.REASON` and, if there
             are any, `of_older_crawl`: the duplicates whose copy is in the corpus of an older
             crawl; and the Part `url_changed` with the counter of that name.
    """

    settings: Dedup
    partitions: int
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[NumberedShard]) -> PCollection[Part]:
        by_number = items | "KeyShards" >> beam.Map(_keyed)
        memberships = (
            items
            | "Reshuffle" >> beam.Reshuffle()
            | "HashesOfShard" >> beam.FlatMap(hashes_of_shard, self.partitions, self.tree)
            | "GroupHashes" >> beam.GroupByKey()
            | "FindGroups" >> beam.FlatMap(find_groups, self.partitions)
            | "GroupGroups" >> beam.GroupByKey()
            | "Memberships" >> beam.FlatMap(memberships_of_groups)
        )
        pairs = (
            {"shard": by_number, "memberships": memberships}
            | "GroupMemberships" >> beam.CoGroupByKey()
            | "MembersOfShard" >> beam.FlatMap(members_of_shard, self.tree)
            | "GroupMembers" >> beam.GroupByKey()
            | "FindPairs" >> beam.Map(pairs_of_groups, self.settings)
            | "CollectPairs" >> beam.combiners.ToList()
        )
        new = by_number | "NewShards" >> beam.Filter(_is_new)
        duplicates = pairs | "FindComponents" >> beam.FlatMap(duplicates_by_shard)
        changed = pairs | "CountChanged" >> beam.ParDo(WorkOnShard(url_changed))
        write = WorkOnShard(partial(write_sidecar, made_from=self.made_from, tree=self.tree))
        sidecars = (
            {"shard": new, "duplicates": duplicates}
            | "GroupDuplicates" >> beam.CoGroupByKey()
            | "WriteDuplicates" >> beam.ParDo(write)
        )
        return sidecars | "AllParts" >> beam.FlattenWith(changed)


def _keyed(item: NumberedShard) -> tuple[int, NumberedShard]:
    return item.number, item


def _is_new(number_and_item: tuple[int, NumberedShard]) -> bool:
    return not number_and_item[1].is_old


def find_groups(
    key_and_members: tuple[Key, Iterable[bytes]], partitions: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the groups of a partition, by partition of their hashes: see `pack_groups`."""
    (kind, _), packed = key_and_members
    members = np.frombuffer(b"".join(packed), groups.MEMBER)
    by_partition: dict[int, list[tuple[int, Nodes]]] = defaultdict(list)
    for nodes in groups.find_groups(members, kind):
        by_partition[groups.group_id(kind, nodes) % partitions].append((kind, nodes))
    for partition, found in by_partition.items():
        yield partition, groups.pack_groups(found)


def memberships_of_groups(
    partition_and_groups: tuple[int, Iterable[bytes]],
) -> Iterator[tuple[int, bytes]]:
    """Yield, by shard, the partition, the number and the row of each membership in a group.

    Groups that several bands have found are taken once. Their numbers are those of `pairs.MEMBER`.
    """
    partition, packed = partition_and_groups
    distinct = {
        groups.group_id(kind, nodes): (kind, nodes)
        for blob in packed
        for kind, nodes in groups.unpack_groups(blob)
    }
    rows = []
    for number, (_, (kind, nodes)) in enumerate(sorted(distinct.items())):
        group = np.full(len(nodes), 4 * number + kind)
        rows.append(np.column_stack([np.full(len(nodes), partition), group, nodes]))
    table = np.concatenate(rows).astype("<i8")
    numbers = groups.shard_of(table[:, 2])
    for number in np.unique(numbers).tolist():
        yield number, table[numbers == number].tobytes()


def members_of_shard(
    number_and_inputs: tuple[int, Mapping[str, Iterable[Any]]], tree: OutputTree
) -> Iterator[tuple[int, bytes]]:
    """Yield, by partition of groups, the pages of a shard that are in groups, with their sketches.

    `hashes_of_shard` has verified the shard in the same job.
    """
    _, inputs = number_and_inputs
    packed = b"".join(inputs["memberships"])
    if not packed:
        return
    [item] = inputs["shard"]
    memberships = np.frombuffer(packed, "<i8").reshape(-1, 3)
    rows, position = np.unique(groups.row_of(memberships[:, 2]), return_inverse=True)
    pages = item.shard.file("pages")
    with item.tree(tree).open_parquet(pages, is_verified=True) as parquet:
        table = parquet.read(list(_PAGE_COLUMNS)).take(rows)
    members = np.zeros(len(rows), MEMBER)
    page = members["page"]
    page["node"], page["is_old"] = groups.node_of(item.number, rows), item.is_old
    for name in ("id", "formulas", "tokens"):
        page[name] = table.column(name).to_numpy()
    page["url_length"] = [len(url_key(url)) for url in table.column("url").to_pylist()]
    page["fetched"] = table.column("fetched_at").cast(pa.int64()).fill_null(_NEVER).to_numpy()
    members["sketch"] = [padded(sketch) for sketch in table.column("sketch").to_pylist()]
    for partition in np.unique(memberships[:, 0]).tolist():
        is_here = memberships[:, 0] == partition
        selected = members[position[is_here]]
        selected["group"] = memberships[is_here, 1]
        yield partition, selected.tobytes()


def pairs_of_groups(partition_and_members: tuple[int, Iterable[bytes]], settings: Dedup) -> Packed:
    """Return the pairs of copies in the groups of a partition."""
    members = np.frombuffer(b"".join(partition_and_members[1]), MEMBER)
    found = find_pairs(members, settings.min_similarity, settings.url_changed == "all")
    return found.pairs.tobytes(), found.pages.tobytes(), found.url_changed


def duplicates_by_shard(packed: Sequence[Packed]) -> Iterator[tuple[int, bytes]]:
    """Yield the duplicates by shard: arrays of DUPLICATE."""
    pairs = np.concatenate([np.empty(0, PAIR), *(np.frombuffer(some[0], PAIR) for some in packed)])
    duplicates = find_duplicates(
        pairs, unique_pages([np.frombuffer(some[1], PAGE) for some in packed])
    )
    numbers = groups.shard_of(duplicates["node"])
    for number in np.unique(numbers).tolist():
        yield number, duplicates[numbers == number].tobytes()


def url_changed(packed: Sequence[Packed]) -> Part:
    """Return the Part with the number of pages whose text is not that of the first at their URL."""
    return Part(name="url_changed", counters={"url_changed": sum(some[2] for some in packed)})
