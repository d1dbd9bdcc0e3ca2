"""Label the pages of all pairs by component when one worker cannot hold them, over several jobs.

A page's label is the least node of its component, as in `component_labels`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Output, Part
from transforms.dedup.array_files import PAIRS, read_array, write_array
from transforms.dedup.pairs import PAIR, Array
from transforms.dedup.stars import (
    EDGE,
    Star,
    both_directions,
    by_partition,
    edges_of_pairs,
    large_star,
    small_star,
)
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import existing_part

TURNS = 4  # of large-star and small-star in a job, whose start costs minutes on a cluster

Packed = tuple[bytes, int]  # the edges of a Star, and how many of them differ from before


@dataclass
class ConnectStars(beam.PTransform):
    """Connect pages with lesser ones of their components, TURNS times, and write the edges.

    Components are labelled once the last turn of a job has changed no edge. A key is a partition of
    all nodes, not a node, so that no key is hot.

    In:      Output: files of pairs, or of edges that this transform wrote.
    Out:     a Part for each partition, with the counter `changed` if it is not 0.
    """

    folder: str
    partitions: int
    made_from: str
    tree: OutputTree

    def expand(self, files: PCollection[Output]) -> PCollection[Part]:
        edges = (
            files
            | "Reshuffle" >> beam.Reshuffle()
            | "ReadEdges" >> beam.FlatMap(read_edges, self.partitions, self.tree)
        )
        for turn in range(1, TURNS + 1):
            small = (
                edges
                | f"GroupNeighbours{turn}" >> beam.GroupByKey()
                | f"LargeStar{turn}" >> beam.FlatMap(large_stars, self.partitions)
                | f"GroupSmaller{turn}" >> beam.GroupByKey()
            )
            if turn < TURNS:
                edges = small | f"SmallStar{turn}" >> beam.FlatMap(small_stars, self.partitions)
        work = partial(write_edges, folder=self.folder, made_from=self.made_from, tree=self.tree)
        return small | "WriteEdges" >> beam.ParDo(WorkOnShard(work))


def output_from_json(line: str) -> Output:
    """Parse a line that `write_items` wrote."""
    return Output(**json.loads(line))


def read_edges(file: Output, partitions: int, tree: OutputTree) -> Iterator[tuple[int, bytes]]:
    """Yield the edges of a file in both directions, by the partition of their first end."""
    if file.path.startswith(f"{PAIRS}/"):
        edges = edges_of_pairs(read_array(file, PAIR, tree))
    else:
        edges = read_array(file, EDGE, tree)
    yield from _neighbours(edges, partitions)


def _neighbours(edges: Array, partitions: int) -> Iterator[tuple[int, bytes]]:
    edges = both_directions(edges)
    for partition, some in by_partition(edges, edges["node"], partitions):
        yield partition, some.tobytes()


def large_stars(
    partition_and_edges: tuple[int, Iterable[bytes]], partitions: int
) -> Iterator[tuple[int, Packed]]:
    """Yield the edges after `large_star`, by the partition of their greater node."""
    star = large_star(np.frombuffer(b"".join(partition_and_edges[1]), EDGE))
    changed = star.changed
    for partition, edges in by_partition(star.edges, star.edges["node"], partitions):
        yield partition, (edges.tobytes(), changed)
        changed = 0  # counted with the first


def small_stars(
    partition_and_edges: tuple[int, Iterable[Packed]], partitions: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the edges after `small_star` in both directions, as `read_edges` does."""
    yield from _neighbours(_small_star(partition_and_edges[1]).edges, partitions)


def write_edges(
    partition_and_edges: tuple[int, Iterable[Packed]],
    folder: str,
    made_from: str,
    tree: OutputTree,
) -> Part:
    """Write the edges after `small_star`, and how many the turn has changed."""
    name = f"{partition_and_edges[0]:05}.parquet"
    path = f"{folder}/{name}"
    if existing := existing_part(name, [path], tree, made_from):
        return existing
    star = _small_star(partition_and_edges[1])
    written = write_array(star.edges, shards.EDGE, path, tree, made_from, star.changed)
    return Part(name=name, outputs=[written], counters={"changed": star.changed})


def _small_star(packed: Iterable[Packed]) -> Star:
    edges, changed = zip(*packed, strict=True)
    star = small_star(np.frombuffer(b"".join(edges), EDGE))
    return Star(star.edges, star.changed + sum(changed))
