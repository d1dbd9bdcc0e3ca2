"""Write arrays of pairs, pages and edges to Parquet files, for later jobs, and read them."""

import numpy as np
import pyarrow as pa

from schemas import shards
from schemas.manifest import Output, Part
from transforms.dedup.pairs import PAGE, PAIR, Array
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import ShardWriter, existing_part

PAIRS, COPIES = "dedup/pairs", "dedup/copies"  # folders: pairs of copies, and their pages
Packed = tuple[int, bytes, bytes, int]  # partition; pairs, pages and `url_changed` of a Pairs


def write_pairs(packed: Packed, made_from: str, tree: OutputTree) -> Part:
    """Write the pairs of a partition and their pages."""
    partition, pairs, pages, _ = packed
    name = f"{partition:05}.parquet"
    paths = [f"{COPIES}/{name}", f"{PAIRS}/{name}"]
    if existing := existing_part(name, paths, tree, made_from):
        return existing
    copies = write_array(np.frombuffer(pages, PAGE), shards.COPY, paths[0], tree, made_from)
    written = write_array(np.frombuffer(pairs, PAIR), shards.PAIR, paths[1], tree, made_from)
    return Part(name=name, outputs=[copies, written])


def write_array(
    array: Array, schema: pa.Schema, path: str, tree: OutputTree, made_from: str, changed: int = 0
) -> Output:
    """Write the fields of an array as the columns of a file; `changed` is a counter of it."""
    columns = [np.ascontiguousarray(array[name]) for name in schema.names]
    with tree.create(path) as local:
        with ShardWriter(local, schema, made_from) as writer:
            writer.add_table(pa.table(columns, names=schema.names))
            if changed:
                writer.counters["changed"] = changed
        return writer.output(path)


def read_array(file: Output, dtype: np.dtype[np.void], tree: OutputTree) -> Array:
    """Return the columns of a file that `write_array` wrote, as an array; compares its digest."""
    names = list(dtype.names or ())
    table = tree.read_table(file, names)
    array = np.empty(table.num_rows, dtype)
    for name in names:
        array[name] = table.column(name).to_numpy()
    return array
