"""Read the seed corpus: texts that are known to be mathematics."""

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import InputError, reading
from transforms.storage.files import Storage

_SUFFIXES = (".parquet", ".jsonl", ".json", ".txt")


def seed_files(paths: Iterable[str], storage: Storage) -> list[str]:
    """Return the files that `--seed` names: files, globs, or all seed files in a folder.

    Raises InputError for a path without such a file, and for a file with another suffix.
    """
    seeds: set[str] = set()
    for path in paths:
        files = storage.files(path, lambda name: name.endswith(_SUFFIXES))
        if not files:
            raise InputError(f"--seed {path}: no file there")
        for file, _ in files:
            if not file.endswith(_SUFFIXES):
                raise InputError(f"--seed {file}: a seed is one of {', '.join(_SUFFIXES)}")
            seeds.add(file)
    return sorted(seeds)


def count_seed_texts(path: str, storage: Storage) -> int:
    """Return how many texts a seed file holds, without parsing them.

    Raises InputError for a `.parquet` file that is not Parquet.
    """
    if path.endswith(".txt"):
        return 1
    with storage.open(path) as file:
        if path.endswith(".parquet"):
            return int(_parquet(path, file).metadata.num_rows)
        return sum(1 for line in file if line.strip())


def seed_texts(path: str, storage: Storage) -> Iterator[str]:
    """Yield the texts of one file: OpenWebMath's column `text`, or a `.txt` file as one text.

    Raises InputError, with file and line, if a row has no text.
    """
    if path.endswith(".txt"):
        with reading(path):
            text = storage.read(path).decode()
        yield text
    elif path.endswith(".parquet"):
        with storage.open(path) as file:
            parquet = _parquet(path, file)
            if "text" not in parquet.schema_arrow.names:
                names = ", ".join(parquet.schema_arrow.names)
                raise InputError(f"{path} has no column 'text'; it has {names}")
            for batch in parquet.iter_batches(1024, columns=["text"]):
                yield from (text or "" for text in batch.column(0).to_pylist())
    else:
        yield from _json_lines(path, storage)


def _parquet(path: str, file: BinaryIO) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} is not a Parquet file: {error}") from error


def _json_lines(path: str, storage: Storage) -> Iterator[str]:
    with storage.open(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                text = json.loads(line)["text"]
            except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
                raise InputError(f"{path}, line {number}: no JSON with a 'text'") from error
            if not isinstance(text, str):
                raise InputError(f"{path}, line {number}: 'text' is not a string")
            yield text
