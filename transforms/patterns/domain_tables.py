"""Bring the rows of each domain to one worker: tables, packed for the shuffle by domain.

A crawl has many domains and few pages of each in one shard, so an element for every domain of every
shard would cost a hundred bytes and microseconds; packed and compressed, a page costs about 25
bytes.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.text.fingerprints import hash64

_REPEATED = ("domain", "shard")  # columns of few distinct strings
_PARTITIONS = 64  # the domains of one are on one worker; the result does not depend on the number

PackedTable = tuple[int, bytes]  # the number of a partition, and rows of its domains


def pack_by_domain(rows: pa.Table) -> Iterator[PackedTable]:
    """Yield the rows of a table with the column `domain`, packed for each partition."""
    names = rows.column("domain").combine_chunks().dictionary_encode()
    of_names = np.array([hash64(name) % _PARTITIONS for name in names.dictionary.to_pylist()])
    partitions = of_names[names.indices.to_numpy()] if len(names) else np.zeros(0, np.int64)
    order = np.lexsort((names.indices.to_numpy(), partitions))
    starts: NDArray[np.int64] = np.searchsorted(partitions[order], range(_PARTITIONS + 1))
    rows = rows.take(pa.array(order))
    for partition, (start, end) in enumerate(pairwise(starts.tolist())):
        if end > start:
            yield partition, _packed(rows.slice(start, end - start))


def unpack(packed: Iterable[bytes]) -> pa.Table:
    """Return all rows of a partition, in any order."""
    return pa.concat_tables(map(_unpacked, packed)).combine_chunks()


def _unpacked(data: bytes) -> pa.Table:
    table = pa.ipc.open_stream(data).read_all()
    for position, name in enumerate(table.column_names):
        if name in _REPEATED:
            table = table.set_column(position, name, table.column(name).cast(pa.string()))
    return table


def _packed(rows: pa.Table) -> bytes:
    for position, name in enumerate(rows.column_names):
        if name in _REPEATED:
            rows = rows.set_column(position, name, rows.column(name).dictionary_encode())
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        writer.write_table(rows.combine_chunks())
    data: bytes = sink.getvalue().to_pybytes()
    return data
