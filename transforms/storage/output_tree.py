"""The output folder: the paths of each stage's files, and access to them from any worker.

    pages/SHARD  failures/SHARD  dedup/SHARD  corpus/math-00000-of-00012.parquet  patterns.csv
    contamination/math-00000-of-00012.parquet  decontamination/index.arrow
    rounds/01/{sample/SHARD, classifier.bin, scores/SHARD, collected/SHARD, domains.parquet, ...}
    judging/drawn/SHARD  judged.csv  decisions.jsonl  lines/SHARD
    expansion/01/{index/00000.parquet, plan/00000.parquet, 00000.warc.gz}

SHARD is a file name that a shard of pages and all its sidecars share. Files that a stage wrote are
read by their `Output`, which has the digest to compare them with.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.errors import DamagedFileError
from schemas.manifest import Output
from transforms.storage.files import DigestError, Storage, is_remote, join

CLEANED = "cleaned.json"  # what `mathmine clean` removed, as globs
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

    @contextmanager
    def open(self, file: Output, is_verified: bool = False) -> Iterator[BinaryIO]:
        """Open a file that a stage wrote, after comparing its digest.

        `is_verified`: an earlier step of the same job has compared it. Raises DamagedFileError,
        with the folder to remove, if the file is missing or has another digest.
        """
        path = self.at(file.path)
        with ExitStack() as stack:
            try:
                source = (
                    self.storage.open(path)
                    if is_verified
                    else self.storage.open_verified(path, file.sha256)
                )
                content = stack.enter_context(source)
            except DigestError as error:
                raise self.damaged(file.path, "it is not the file that its stage wrote") from error
            except OSError as error:
                if self.exists(file.path):
                    raise
                is_removed = any(fnmatchcase(file.path, glob) for glob in removed_patterns(self))
                reason = "`mathmine clean` removed it" if is_removed else "it is missing"
                raise self.damaged(file.path, reason) from error
            yield content

    def is_intact(self, file: Output) -> bool:
        """Return whether a file that a stage wrote exists with its digest."""
        path = self.at(file.path)
        return self.storage.exists(path) and self.storage.sha256(path) == file.sha256

    def read_verified(self, file: Output) -> bytes:
        """Return the content of a small file that a stage wrote; raises DamagedFileError."""
        with self.open(file) as content:
            return content.read()

    @contextmanager
    def open_parquet(self, file: Output, is_verified: bool = False) -> Iterator[pq.ParquetFile]:
        """Open a Parquet file that a stage wrote; see `open`."""
        with self.open(file, is_verified) as content:
            yield pq.ParquetFile(content)

    def read_table(
        self, file: Output, columns: Sequence[str], is_verified: bool = False
    ) -> pa.Table:
        """Return whole columns of a Parquet file: for narrow columns, never for text."""
        with self.open_parquet(file, is_verified) as parquet:
            return parquet.read(list(columns)).select(list(columns))

    def read_sidecar(self, rows: pa.Table, sidecar: Output, column: str) -> pa.ChunkedArray:
        """Return a column of a sidecar; `rows` are those of its shard, with the column `id`.

        Raises MisalignedError if the sidecar has other rows, or another order.
        """
        table = self.read_table(sidecar, ["id", column])
        if not table.column("id").equals(rows.column("id")):
            raise MisalignedError(f"{self.at(sidecar.path)} has other rows than its shard of pages")
        return table.column(column)

    def damaged(self, path: str, reason: str) -> DamagedFileError:
        """Return the error for a damaged file at `path`, which says what to do."""
        folder, command = _stage_of(path)
        return DamagedFileError(
            f"{self.at(path)} is damaged: {reason}; remove {self.at(folder)} and run "
            f"`mathmine {command}` or `mathmine run` again"
        )


def removed_patterns(tree: OutputTree) -> list[str]:
    """Return globs of the files that `mathmine clean` removed; raises DamagedFileError."""
    if not tree.exists(CLEANED):
        return []
    try:
        return list(json.loads(tree.read(CLEANED))["removed"])
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{tree.at(CLEANED)} is not what `mathmine clean` wrote: remove it"
        raise DamagedFileError(reason) from error


def read_batches(parquet: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file in order, in batches, so that memory stays bounded."""
    yield from parquet.iter_batches(_BATCH_ROWS, columns=list(columns))


def read_rows(
    parquet: pq.ParquetFile, numbers: Sequence[int] | NDArray[np.int64], columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of rows with these numbers, in ascending order, from 0.

    Only the row groups that hold one are read, in batches, so that memory stays bounded.
    """
    wanted = np.asarray(numbers, np.int64)
    start = 0
    for group in range(parquet.num_row_groups):
        end = start + parquet.metadata.row_group(group).num_rows
        in_group = wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, end)]
        if len(in_group):
            batches = parquet.iter_batches(_BATCH_ROWS, row_groups=[group], columns=list(columns))
            for batch in batches:
                here = in_group[(in_group >= start) & (in_group < start + batch.num_rows)]
                rows = batch.select(list(columns)).take(pa.array(here - start))
                yield from zip(*(column.to_pylist() for column in rows.columns), strict=True)
                start += batch.num_rows
        start = end


def _stage_of(path: str) -> tuple[str, str]:
    """Return the folder to remove if a file is damaged, and the command that writes it again.

    >>> _stage_of("rounds/01/scores/a.parquet"), _stage_of("pages/a.parquet")
    (('rounds/01', 'round'), ('pages', 'prepare'))
    >>> _stage_of("rounds/01/judged/scores.parquet"), _stage_of("judging/drawn/a.parquet")
    (('rounds/01/judged', 'round'), ('judging', 'judge'))
    >>> _stage_of("judging/carried/pages.parquet"), _stage_of("judging/kept/pages.parquet")
    (('judging/carried', 'run'), ('judging/kept', 'clean'))
    >>> _stage_of("contamination/math-00000-of-00012.parquet")
    ('corpus', 'write')
    """
    first, *rest = path.split("/")
    if first in ("contamination", "decontamination"):
        return "corpus", "write"
    if first == "expansion":
        return f"{first}/{rest[0]}", "expand"
    if first == "rounds":
        return f"{first}/{join(*rest[: 1 + (rest[1] == 'judged')])}", "round"
    if path.startswith(("judging/carried/", "judging/kept/")):
        return f"{first}/{rest[0]}", "run" if rest[0] == "carried" else "clean"
    commands = {"pages": "prepare", "failures": "prepare", "dedup": "dedup", "judging": "judge"}
    return first, (commands | {"without_text": "clean"}).get(first, "write")
