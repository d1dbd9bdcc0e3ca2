"""Write records to one Parquet file, in row groups of bounded size."""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.manifest import Output

_GROUP_BYTES = 32 << 20  # of text: what is held in memory before it is written
_GROUP_ROWS = 20_000


class ShardWriter:
    """Collects records column by column; a context manager that finishes the file.

    The same records give the same bytes. `metadata` may be filled until the end: it goes into the
    footer, beside the schema's.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.metadata: dict[str, str] = {}
        self.rows = 0
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=3)
        self._columns: list[list[Any]] = [[] for _ in schema.names]
        self._bytes = 0

    def add(self, record: Any, text_bytes: int = 0) -> None:
        """Append a record with the schema's field names as attributes."""
        for column, name in zip(self._columns, self._schema.names, strict=True):
            column.append(getattr(record, name))
        self.rows += 1
        self._bytes += text_bytes
        if self._bytes >= _GROUP_BYTES or len(self._columns[0]) >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._columns[0]:
            arrays = [
                pa.array(column, field.type)
                for column, field in zip(self._columns, self._schema, strict=True)
            ]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._columns = [[] for _ in self._schema.names]
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._flush()
            self._writer.add_key_value_metadata(self.metadata)
        self._writer.close()


def describe(local: Path, path: str, rows: int) -> Output:
    """Return the manifest's entry for a finished file that will lie at `path` in its stage."""
    with local.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Output(path=path, rows=rows, bytes=local.stat().st_size, sha256=digest)
