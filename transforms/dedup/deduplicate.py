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
from apache_beam.pvalue import AsSingleton, PCollection

from schemas.manifest import Part
from schemas.settings import Dedup
from transforms.dedup import groups
from transforms.dedup.array_files import Packed, write_pairs
from transforms.dedup.components import find_duplicates
from transforms.dedup.groups import MINHASH, Nodes
from transforms.dedup.minhash import padded
from transforms.dedup.pairs import MEMBER, PAGE, PAIR, Array, find_pairs, unique_pages
from transforms.dedup.shard_hashes import NumberedShard, hashes_of_shard
from transforms.dedup.sidecar import split_by_shard, write_sidecar
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree
from transforms.text.urls import url_key

_NEVER = np.iinfo(np.int64).max
_PAGE_COLUMNS = ("id", "url", "formulas", "tokens", "fetched_at", "sketch")

Key = tuple[int, int]


@dataclass
class FindDuplicates(beam.PTransform):
    """Write `dedup/SHARD` for every new shard: which pages are kept, and what others are copies of.

    Pages of older crawls are kept whatever their copies, and no file is written for them.

    Pairs are joined by one worker. If there are more than `max_pairs`, they are written instead,
    for the jobs of `label_rounds`.

    `partitions` is the number of arrays that all hashes are divided into; it changes no result.
    `made_from` is the digest of the pages.

    In:      NumberedShard, those of older crawls first.
    Out:     one Part for each new one, with the counters `kept`, `duplicates.REASON` and, if there
             are any, `of_older_crawl`: the duplicates whose copy is in the corpus of an older
             crawl; and the Part `url_changed` with the counter of that name. With more than
             `max_pairs`, the files of `write_pairs` instead of sidecars.
    """

    settings: Dedup
    partitions: int
    made_from: str
    tree: OutputTree
    max_pairs: int

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
        )
        is_few = (
            pairs
            | "CountPairs" >> beam.Map(_pair_count)
            | "SumPairs" >> beam.CombineGlobally(sum)
            | "CompareWithLimit" >> beam.Map(_is_at_most, self.max_pairs)
        )
        # Numbers of partitions are names of files: others mean other pairs.
        made_from = f"{self.made_from} in {self.partitions} partitions"
        write = WorkOnShard(partial(write_pairs, made_from=made_from, tree=self.tree))
        many = pairs | "IfMany" >> beam.Filter(_is_written, AsSingleton(is_few))
        written = many | "WritePairs" >> beam.ParDo(write)
        return self._sidecars(
            by_number, pairs, AsSingleton(is_few)
        ) | "AllParts" >> beam.FlattenWith(written, _changed_urls(pairs))

    def _sidecars(
        self,
        shards: PCollection[tuple[int, NumberedShard]],
        pairs: PCollection[Packed],
        is_few: AsSingleton,
    ) -> PCollection[Part]:
        """Join all pairs in one worker, and write the sidecars, if there are few pairs."""
        duplicates = (
            pairs
            | "IfFew" >> beam.Filter(_if_few, is_few)
            | "CollectPairs" >> beam.combiners.ToList()
            | "FindComponents" >> beam.FlatMap(duplicates_by_shard)
        )
        new = (
            shards
            | "NewShards" >> beam.Filter(_is_new)
            | "IfSidecars" >> beam.Filter(_if_few, is_few)
        )
        write = partial(write_sidecar, made_from=self.made_from, tree=self.tree)
        return (
            {"shard": new, "duplicates": duplicates}
            | "GroupDuplicates" >> beam.CoGroupByKey()
            | "WriteDuplicates" >> beam.ParDo(WorkOnShard(write))
        )


def _changed_urls(pairs: PCollection[Packed]) -> PCollection[Part]:
    return (
        pairs
        | "ChangedUrls" >> beam.Map(_url_changed)
        | "SumChanged" >> beam.CombineGlobally(sum)
        | "CountChanged" >> beam.ParDo(WorkOnShard(url_changed))
    )


def _keyed(item: NumberedShard) -> tuple[int, NumberedShard]:
    return item.number, item


def _is_new(number_and_item: tuple[int, NumberedShard]) -> bool:
    return not number_and_item[1].is_old


def _pair_count(packed: Packed) -> int:
    return len(packed[1]) // PAIR.itemsize


def _url_changed(packed: Packed) -> int:
    return packed[3]


def _is_at_most(count: int, limit: int) -> bool:
    return count <= limit


def _if_few(_: Any, is_few: bool) -> bool:
    return is_few


def _is_written(packed: Packed, is_few: bool) -> bool:
    return not is_few and _pair_count(packed) > 0


def find_groups(
    key_and_members: tuple[Key, Iterable[bytes]], partitions: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the groups of a partition, by partition of their hashes: see `pack_groups`."""
    (kind, _), packed = key_and_members
    members = np.frombuffer(b"".join(packed), groups.MEMBER)
    by_partition: dict[int, list[tuple[int, Nodes]]] = defaultdict(list)
    for nodes in groups.find_groups(members, kind):
        by_partition[_partition(kind, nodes, partitions)].append((kind, nodes))
    for partition, found in by_partition.items():
        yield partition, groups.pack_groups(found)


def _partition(kind: int, nodes: Nodes, partitions: int) -> int:
    """Return the partition in which a group is compared.

    Groups of bands with one first page, of which there are few, meet, so that sketches of pages
    that share several bands are sent once. Groups of a URL or a text may be many: see MAX_GROUP.
    """
    return groups.group_id(kind, nodes[:1] if kind == MINHASH else nodes) % partitions


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
    for number, positions in groups.split_by(numbers):
        yield number, table[positions].tobytes()


def members_of_shard(
    number_and_inputs: tuple[int, Mapping[str, Iterable[Any]]], tree: OutputTree
) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    """Yield, by partition of groups, the pages of a shard that are in groups, with their sketches.

    Each page is sent once to a partition, with the positions and the groups of its memberships.
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
    for partition, here in groups.split_by(memberships[:, 0]):
        sent, index = np.unique(position[here], return_inverse=True)
        of_groups = np.column_stack([index, memberships[here, 1]])
        yield partition, (members[sent].tobytes(), of_groups.tobytes())


def pairs_of_groups(
    partition_and_members: tuple[int, Iterable[tuple[bytes, bytes]]], settings: Dedup
) -> Packed:
    """Return the pairs of copies in the groups of a partition."""
    partition, packed = partition_and_members
    found = find_pairs(
        np.concatenate([_in_groups(*some) for some in packed]),
        settings.min_similarity,
        settings.url_changed == "all",
    )
    pages = found.pages[np.isin(found.pages["node"], [found.pairs["a"], found.pairs["b"]])]
    return partition, found.pairs.tobytes(), pages.tobytes(), found.url_changed


def _in_groups(packed: bytes, of_groups: bytes) -> Array:
    """Return the pages of a shard once for each of their groups: an array of MEMBER."""
    index, group = np.frombuffer(of_groups, "<i8").reshape(-1, 2).T
    members: Array = np.frombuffer(packed, MEMBER)[index]
    members["group"] = group
    return members


def duplicates_by_shard(packed: Sequence[Packed]) -> Iterator[tuple[int, bytes]]:
    """Yield the duplicates by shard: arrays of DUPLICATE."""
    pairs = np.concatenate([np.empty(0, PAIR), *(np.frombuffer(some[1], PAIR) for some in packed)])
    duplicates = find_duplicates(
        pairs, unique_pages([np.frombuffer(some[2], PAGE) for some in packed])
    )
    yield from split_by_shard(duplicates)


def url_changed(count: int) -> Part:
    """Return the Part with the number of pages whose text is not that of the first at their URL."""
    return Part(name="url_changed", counters={"url_changed": count})
