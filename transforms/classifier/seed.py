"""Read the seed corpus: texts that are known to be mathematics."""

import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.data_files import (
    decompressed,
    json_lines,
    json_values,
    split_suffix,
    with_compressed,
)
from schemas.errors import InputError, reading
from schemas.tables import decode_text
from transforms.storage.files import Storage

SEED_SUFFIXES = with_compressed(".parquet", ".jsonl", ".json", ".txt")


def seed_names(paths: Sequence[str], parts: int = 1) -> dict[str, str]:
    """Name seed files by the last parts of their paths, as many as tell all of them apart.

    >>> seed_names(["/data/a/x.txt", "/data/b/x.txt"])
    {'/data/a/x.txt': 'a/x.txt', '/data/b/x.txt': 'b/x.txt'}
    """
    names = {path: "/".join(path.split("/")[-parts:]) for path in paths}
    return names if len(set(names.values())) == len(names) else seed_names(paths, parts + 1)


def seed_texts(path: str, storage: Storage) -> Iterator[str]:
    """Yield the texts of one file that are not blank.

    They are OpenWebMath's column `text`, or a `.txt` file as one text. Raises InputError, with file
    and line, if a row has no text or the file cannot be read.
    """
    with reading(path), storage.open(path) as file:
        yield from (text for text in _texts(path, decompressed(path, file)) if text.strip())


def _texts(path: str, file: BinaryIO) -> Iterator[str]:
    suffix = split_suffix(path)[1]
    if suffix == ".txt":
        yield decode_text(file.read(), path)
    elif suffix == ".parquet":
        yield from _parquet_texts(path, file)
    else:
        rows = json_lines(path, file) if suffix == ".jsonl" else json_values(path, file.read())
        yield from (_text(row, place) for place, row in rows)


def _text(row: Any, place: str) -> str:
    text = row.get("text") if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise InputError(f"{place}: no object with a string 'text'")
    return text


def _parquet_texts(path: str, file: BinaryIO) -> Iterator[str]:
    source = file if split_suffix(path)[2] == "" else io.BytesIO(file.read())
    try:
        parquet = pq.ParquetFile(source)
        if "text" not in parquet.schema_arrow.names:
            raise InputError(f"{path}: no column 'text'; it has {parquet.schema_arrow.names}")
        rows = (
            row
            for batch in parquet.iter_batches(1024, columns=["text"])
            for row in batch.to_pylist()
        )
        yield from (_text(row, f"{path}, row {number}") for number, row in enumerate(rows, 1))
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file that can be read: {error}") from error
