"""The output folder: the paths of each stage's files, and access to them from any worker.

    pages/SHARD  failures/SHARD  dedup/SHARD  corpus/math-00000-of-00012.parquet  patterns.csv
    rounds/01/{sample/SHARD, classifier.bin, scores/SHARD, collected/SHARD, domains.parquet, ...}

SHARD is a file name that a shard of pages and all its sidecars share.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.storage.files import Storage, is_remote, join

_BATCH_ROWS = 1024


def pages(shard: str) -> str:
    """Return the path of a shard of pages."""
    return f"pages/{shard}"


def failures(shard: str) -> str:
    """Return the path of the failures of a WARC file."""
    return f"failures/{shard}"


def dedup(shard: str) -> str:
    """Return the path of the sidecar of duplicates of a shard."""
    return f"dedup/{shard}"


def in_round(number: int, *parts: str) -> str:
    """Return the path of a file of round `number`, or of its folder."""
    return join(f"rounds/{number:02}", *parts)


class MisalignedError(RuntimeError):
    """A sidecar does not have the rows of its shard, in their order."""


@dataclass(frozen=True)
class OutputTree:
    """An output folder; paths are relative to it."""

    folder: str
    storage: Storage

    def at(self, path: str) -> str:
        """Return the full path or URL of a file of the tree."""
        return join(self.folder, path)

    def is_writable(self) -> bool:
        """Return whether files can be written; False for a disk that is mounted read-only."""
        return is_remote(self.folder) or os.access(self.folder, os.W_OK | os.X_OK)

    def exists(self, path: str) -> bool:
        """Return whether there is a file at `path`."""
        return self.storage.exists(self.at(path))

    def read(self, path: str) -> bytes:
        """Return the content of a small file."""
        return self.storage.read(self.at(path))

    def write(self, path: str, data: bytes) -> None:
        """Write a small file atomically."""
        self.storage.write(self.at(path), data)

    @contextmanager
    def create(self, path: str) -> Iterator[Path]:
        """Yield a local file to fill; it appears at `path` when the block ends without an error."""
        with self.storage.create(self.at(path)) as local:
            yield local

    def read_batches(self, path: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a Parquet file in order, in batches, so that memory stays bounded."""
        with self.storage.open(self.at(path)) as file:
            yield from pq.ParquetFile(file).iter_batches(_BATCH_ROWS, columns=list(columns))

    def read_table(self, path: str, columns: Sequence[str]) -> pa.Table:
        """Return whole columns of a Parquet file: for narrow columns, never for text."""
        with self.storage.open(self.at(path)) as file:
            return pq.read_table(file, columns=list(columns))

    def read_sidecar(self, rows: pa.Table, sidecar: str, column: str) -> pa.ChunkedArray:
        """Return a column of a sidecar; `rows` are those of its shard, with the column `id`.

        Raises MisalignedError if the sidecar has other rows, or another order.
        """
        table = self.read_table(sidecar, ["id", column])
        if not table.column("id").equals(rows.column("id")):
            raise MisalignedError(f"{self.at(sidecar)} has other rows than its shard of pages")
        return table.column(column)
