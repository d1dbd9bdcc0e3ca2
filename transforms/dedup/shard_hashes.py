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

_BAND_STEP = np.int64(0x1E3779B97F4A7C15)  # odd, so that equal hashes in two bands differ


@dataclass(frozen=True)
class NumberedShard:
    """A shard of pages with its number; all are numbered in the order of their names."""

    number: int
    shard: Shard

    @classmethod
    def from_json(cls, text: str) -> "NumberedShard":
        """Parse a line that `write_items` wrote."""
        fields = json.loads(text)
        return cls(fields["number"], Shard.from_fields(fields["shard"]))


def hashes_of_shard(
    item: NumberedShard, partitions: int, tree: OutputTree
) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield the hashes of a shard's pages by kind and partition: arrays of `groups.MEMBER`.

    This is the first step of its job, so it verifies the shard for those that follow.
    """
    columns = ["url_hash", "text_digest", "minhash_bands"]
    table = tree.read_table(item.shard.file("pages"), columns)
    nodes = groups.node_of(item.number, np.arange(table.num_rows, dtype=np.int64))
    urls = table.column("url_hash").to_numpy()
    first, second = _digest_halves(table.column("text_digest"))
    hashes, following, of_bands = _bands(table.column("minhash_bands"), nodes)
    for kind, members in (
        (URL, groups.members(urls, np.zeros_like(urls), nodes)),
        (TEXT, groups.members(first, second, nodes)),
        (MINHASH, groups.members(hashes, following, of_bands)),
    ):
        partition = members["hash"].astype(np.uint64) % np.uint64(partitions)
        for number in np.unique(partition).tolist():
            yield (kind, number), members[partition == number].tobytes()


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
    bands = column.combine_chunks().flatten().to_numpy().reshape(len(with_bands), -1)
    numbers = np.arange(bands.shape[1], dtype=np.int64)
    hashes = (bands + numbers * _BAND_STEP).ravel()
    return hashes, np.roll(bands, -1, axis=1).ravel(), np.repeat(with_bands, bands.shape[1])
