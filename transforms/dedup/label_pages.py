"""Write the sidecars of shards whose pages `label_rounds` has labelled."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection

from schemas.manifest import Output, Part
from transforms.dedup.array_files import COPIES, PAIRS, read_array
from transforms.dedup.components import (
    STRONGEST,
    duplicates_among,
    strongest_by_node,
    strongest_of_pairs,
)
from transforms.dedup.label_rounds import output_from_json
from transforms.dedup.pairs import PAGE, PAIR, unique_pages
from transforms.dedup.shard_hashes import NumberedShard
from transforms.dedup.sidecar import split_by_shard, write_sidecar
from transforms.dedup.stars import EDGE, by_partition
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import ReadItems

# A page with its label, and the pair that says most about it.
LABELLED = np.dtype([("label", "<i8"), ("page", PAGE), ("strongest", STRONGEST)])
_TYPES: Mapping[str, np.dtype[np.void]] = {"PAGE": PAGE, "STRONGEST": STRONGEST, "EDGE": EDGE}


@dataclass
class WriteLabelled(beam.PTransform):
    """Write `dedup/SHARD` for every new shard, as `FindDuplicates` does.

    `listing` names the files of pairs, of their pages, and of the edges of the last round.

    In:      NumberedShard.
    Out:     one Part for each new one.
    """

    listing: str
    partitions: int
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[NumberedShard]) -> PCollection[Part]:
        files = items.pipeline | "Files" >> ReadItems(self.listing, output_from_json, self.tree)
        duplicates = (
            files
            | "Reshuffle" >> beam.Reshuffle()
            | "ReadArrays" >> beam.FlatMap(read_arrays, self.partitions, self.tree)
            | "GroupNodes" >> beam.GroupByKey()
            | "LabelPages" >> beam.FlatMap(label_pages, self.partitions)
            | "GroupComponents" >> beam.GroupByKey()
            | "ChooseBest" >> beam.FlatMap(duplicates_by_shard)
        )
        write = partial(write_sidecar, made_from=self.made_from, tree=self.tree, is_verified=False)
        new = items | "NewShards" >> beam.FlatMap(_keyed_if_new)
        return (
            {"shard": new, "duplicates": duplicates}
            | "GroupDuplicates" >> beam.CoGroupByKey()
            | "WriteDuplicates" >> beam.ParDo(WorkOnShard(write))
        )


def _keyed_if_new(item: NumberedShard) -> Iterator[tuple[int, NumberedShard]]:
    if not item.is_old:
        yield item.number, item


def read_arrays(
    file: Output, partitions: int, tree: OutputTree
) -> Iterator[tuple[int, tuple[str, bytes]]]:
    """Yield the rows of a file by partition of their nodes, with the name of their type."""
    if file.path.startswith(f"{PAIRS}/"):
        name, rows = "STRONGEST", strongest_of_pairs(read_array(file, PAIR, tree))
    else:
        name = "PAGE" if file.path.startswith(f"{COPIES}/") else "EDGE"
        rows = read_array(file, _TYPES[name], tree)
    for partition, some in by_partition(rows, rows["node"], partitions):
        yield partition, (name, some.tobytes())


def label_pages(
    partition_and_rows: tuple[int, Iterable[tuple[str, bytes]]], partitions: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the pages of a partition with their labels, by partition of those: arrays of LABELLED.

    A page without an edge is the least of its component.
    """
    packed: dict[str, list[bytes]] = {name: [] for name in _TYPES}
    for name, rows in partition_and_rows[1]:
        packed[name].append(rows)
    arrays = {name: np.frombuffer(b"".join(packed[name]), _TYPES[name]) for name in _TYPES}
    pages = unique_pages([arrays["PAGE"]])
    labelled = np.empty(len(pages), LABELLED)
    labelled["page"], labelled["label"] = pages, pages["node"]
    labelled["strongest"] = strongest_by_node(arrays["STRONGEST"])
    edges = arrays["EDGE"]
    labelled["label"][np.searchsorted(pages["node"], edges["node"])] = edges["least"]
    for partition, some in by_partition(labelled, labelled["label"], partitions):
        yield partition, some.tobytes()


def duplicates_by_shard(
    partition_and_pages: tuple[int, Iterable[bytes]],
) -> Iterator[tuple[int, bytes]]:
    """Yield the duplicates of whole components by shard: arrays of DUPLICATE."""
    labelled = np.frombuffer(b"".join(partition_and_pages[1]), LABELLED)
    found = duplicates_among(labelled["page"], labelled["label"], labelled["strongest"])
    yield from split_by_shard(found)
