"""Write records to one Parquet file, in row groups of bounded size, with counts in its footer."""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.manifest import Output, Part
from transforms.storage.output_tree import OutputTree

_GROUP_BYTES = 32 << 20  # of text that is buffered in memory before it is written
_GROUP_ROWS = 20_000
_SMALL_ROWS, _SMALL_BYTES = 100, 32 << 10  # a file of fewer rows and bytes of text is small
_COUNTERS = "mathmine.counters"  # key in the footer: the counters of the shard, as JSON
_INPUTS = "mathmine.input_digests"  # key in the footer: `input_digests` of the Part, as JSON
_MADE_FROM = "mathmine.made_from"  # key in the footer: the digest of what determines the rows


@dataclass(frozen=True)
class FileLayout:
    """Bytes of text in a row group, and options of `pyarrow.parquet.ParquetWriter`."""

    group_bytes: int
    options: Mapping[str, Any]


class ShardWriter:
    """Writer of one Parquet file, which buffers rows; a context manager that finishes the file.

    The same rows, counters and input digests give the same bytes. `counters` and `input_digests`
    may be filled until the block ends; after it, `part` describes the file. `made_from` is a digest
    of what determines the rows, such as that of a classifier; `existing_part` compares it.

    Small files are not compressed: to set that up for all columns takes longer than all else that
    `prepare` does with a WARC file of a single page. `layout` is for files that others read.
    """

    def __init__(
        self,
        local: Path,
        schema: pa.Schema,
        made_from: str = "",
        layout: FileLayout | None = None,
    ) -> None:
        self.local = local
        self.rows = 0
        self.counters: Counter[str] = Counter()
        self.input_digests: dict[str, str] = {}
        self._made_from = made_from
        self._schema = schema
        self._layout = layout
        self._group_bytes = layout.group_bytes if layout else _GROUP_BYTES
        self._writer: pq.ParquetWriter | None = None
        self._tables: list[pa.Table] = []
        self._columns: list[list[Any]] = [[] for _ in schema.names]
        self._bytes = 0

    def add(self, row: Sequence[Any], text_bytes: int = 0) -> None:
        """Append a row, a value for each column of the schema."""
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        self.rows += 1
        self._bytes += text_bytes
        if self._bytes >= self._group_bytes or len(self._columns[0]) >= _GROUP_ROWS:
            self._flush()

    def add_table(self, table: pa.Table) -> None:
        """Append all rows of a table with the schema's columns; they are kept as arrays."""
        self._tables += [*self._added_rows(), table.cast(self._schema)]
        self._columns = [[] for _ in self._schema.names]
        self.rows += table.num_rows

    def _added_rows(self) -> Iterator[pa.Table]:
        if self._columns[0]:
            arrays = [
                pa.array(column, field.type)
                for column, field in zip(self._columns, self._schema, strict=True)
            ]
            yield pa.Table.from_arrays(arrays, schema=self._schema)

    def _flush(self, is_last: bool = False) -> pq.ParquetWriter:
        if self._writer is None:
            is_small = self.rows < _SMALL_ROWS and self._bytes < _SMALL_BYTES
            options = self._layout.options if self._layout else _options(is_last and is_small)
            self._writer = pq.ParquetWriter(self.local, self._schema, **options)
        if tables := [*self._tables, *self._added_rows()]:
            table = pa.concat_tables(tables).combine_chunks()
            self._writer.write_table(table, row_group_size=_GROUP_ROWS)
        self._tables = []
        self._columns = [[] for _ in self._schema.names]
        self._bytes = 0
        return self._writer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error_type is None:
            writer = self._flush(is_last=True)
            metadata = {_COUNTERS: json.dumps(self.counters, sort_keys=True)}
            if self._made_from:
                metadata[_MADE_FROM] = self._made_from
            if self.input_digests:
                metadata[_INPUTS] = json.dumps(self.input_digests, ensure_ascii=False)
            writer.add_key_value_metadata(metadata)
        if self._writer is not None:
            self._writer.close()

    def output(self, path: str) -> Output:
        """Return the manifest entry of the finished file, whose path in the tree is `path`."""
        return describe(self.local, path, self.rows)

    def part(self, name: str, path: str) -> Part:
        """Return the Part of a worker that wrote only this file, at `path`."""
        return Part(name=name, outputs=[self.output(path)], counters=dict(self.counters))


def _options(is_small: bool) -> Mapping[str, Any]:
    if is_small:
        return {"compression": "none", "use_dictionary": False}
    return {"compression": "zstd", "compression_level": 3}


def existing_part(
    name: str, paths: Sequence[str], tree: OutputTree, made_from: str = ""
) -> Part | None:
    """Return the Part of files that an earlier run wrote, or None if it did not finish them.

    `paths` are in the order in which the files appear; the last file has the counters. Files that
    were made from something else, or that are not Parquet, are not finished: they are written anew.
    """
    if not all(tree.exists(path) for path in reversed(paths)):
        return None
    outputs = []
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder, "shard")
        for path in paths:
            with tree.storage.open(tree.at(path)) as source, local.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            try:
                footer = pq.read_metadata(local)
            except (OSError, pa.ArrowException):
                return None
            outputs.append(describe(local, path, footer.num_rows))
    metadata = footer.metadata or {}
    counters = metadata.get(_COUNTERS.encode())
    if counters is None or metadata.get(_MADE_FROM.encode(), b"").decode() != made_from:
        return None
    digests = json.loads(metadata.get(_INPUTS.encode(), b"{}"))
    return Part(name=name, outputs=outputs, counters=json.loads(counters), input_digests=digests)


def describe(local: Path, path: str, rows: int) -> Output:
    """Return the manifest entry of a finished file, whose path in the tree is `path`."""
    with local.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Output(path=path, rows=rows, bytes=local.stat().st_size, sha256=digest)
