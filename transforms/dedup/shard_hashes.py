"""Read the hashes of a shard's pages by which copies are found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.dedup import groups
from transforms.dedup.groups import MINHASH, TEXT, URL, Nodes
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import Shard

COLLECTED = "collected"  # key of a file of a shard: the sidecar of the last round
_COLUMNS = ("id", "url_hash", "text_digest", "minhash_bands")
_BAND_STEP = np.int64(0x1E3779B97F4A7C15)  # odd, so that equal hashes in two bands differ


@dataclass(frozen=True)
class NumberedShard:
    """A shard of pages with its number; the numbers order the shards of all crawls.

    A shard of an older crawl has the `folder` of its output tree and, as a further file, the
    sidecar COLLECTED: the corpus has the pages that it collected, and those alone are compared.
    """

    number: int
    shard: Shard
    folder: str = ""

    @classmethod
    def from_json(cls, text: str) -> "NumberedShard":
        """Parse a line that `write_items` wrote."""
        fields = json.loads(text)
        return cls(fields["number"], Shard.from_fields(fields["shard"]), fields["folder"])

    @property
    def is_old(self) -> bool:
        """Return whether the shard is of an older crawl."""
        return bool(self.folder)

    def tree(self, new: OutputTree) -> OutputTree:
        """Return the output tree that has the shard; `new` is that of the new crawl."""
        return OutputTree(self.folder, new.storage) if self.is_old else new


def hashes_of_shard(
    item: NumberedShard, partitions: int, tree: OutputTree
) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield the hashes of a shard's pages by kind and partition: arrays of `groups.MEMBER`.

    This is the first step of its job, so it verifies the shard for those that follow.
    """
    table = item.tree(tree).read_table(item.shard.file("pages"), _COLUMNS)
    rows = _compared_rows(table, item, tree)
    table, nodes = table.take(rows), groups.node_of(item.number, rows)
    urls = table.column("url_hash").to_numpy()
    first, second = _digest_halves(table.column("text_digest"))
    hashes, following, of_bands = _bands(table.column("minhash_bands"), nodes)
    for kind, members in (
        (URL, groups.members(urls, np.zeros_like(urls), nodes)),
        (TEXT, groups.members(first, second, nodes)),
        (MINHASH, groups.members(hashes, following, of_bands)),
    ):
        partition = members["hash"].astype(np.uint64) % np.uint64(partitions)
        for number, positions in groups.split_by(partition):
            yield (kind, number), members[positions].tobytes()


def _compared_rows(table: pa.Table, item: NumberedShard, tree: OutputTree) -> Nodes:
    """Return the rows that may be copies or have some: all, or of an older crawl its corpus."""
    if not item.is_old:
        return np.arange(table.num_rows, dtype=np.int64)
    sidecar = item.shard.file(COLLECTED)
    collected = item.tree(tree).read_sidecar(table, sidecar, "collected")  # copies never are
    return np.flatnonzero(collected.to_numpy()).astype(np.int64)


def _digest_halves(digests: pa.ChunkedArray) -> tuple[Nodes, Nodes]:
    raw = bytes.fromhex("".join(digests.to_pylist()))
    halves = np.frombuffer(raw, "<i8").reshape(-1, 2)
    return halves[:, 0], halves[:, 1]


def _bands(column: pa.ChunkedArray, nodes: Nodes) -> tuple[Nodes, Nodes, Nodes]:
    """Return the hash of each band of each page, the hash of its next band, and its node.

    Pages without words have no bands; all others have the same number.
    """
    lengths = pc.list_value_length(column).to_numpy()
    with_bands = nodes[lengths > 0]
    width = int(lengths.max(initial=1))
    bands = column.combine_chunks().flatten().to_numpy().reshape(-1, width)
    numbers = np.arange(bands.shape[1], dtype=np.int64)
    hashes = (bands + numbers * _BAND_STEP).ravel()
    return hashes, np.roll(bands, -1, axis=1).ravel(), np.repeat(with_bands, bands.shape[1])
