"""Read the seed corpus: texts that are known to be mathematics."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

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
from transforms.classifier.classifier_text import classifier_text
from transforms.classifier.held_out import HeldOut
from transforms.storage.files import Storage
from transforms.text.urls import host, registered_domain

_KEY_CHARACTERS = 500
SEED_SUFFIXES = with_compressed(".parquet", ".jsonl", ".json", ".txt")


@dataclass(frozen=True)
class SeedFiles:
    """SHA-256 digests of the files of the seed corpus by path, the number of texts in all of them.

    `held_out` are those that no classifier is trained on.
    """

    digests: Mapping[str, str]
    texts: int
    held_out: HeldOut = field(default_factory=HeldOut)


class SeedText(NamedTuple):
    """A text of the seed corpus, and the registered domain of its URL; "" if it has none."""

    text: str
    domain: str

    @property
    def key(self) -> str:
        """Return what decides whether the text is held out by hash: texts that begin the same are.

        The classifier sees no digits, so that problems made from one template are one text to it.
        """
        return classifier_text(self.text[:_KEY_CHARACTERS])


def seed_names(paths: Sequence[str], parts: int = 1) -> dict[str, str]:
    """Name seed files by the last parts of their paths, as many as tell all of them apart.

    >>> seed_names(["/data/a/x.txt", "/data/b/x.txt"])
    {'/data/a/x.txt': 'a/x.txt', '/data/b/x.txt': 'b/x.txt'}
    """
    names = {path: "/".join(path.split("/")[-parts:]) for path in paths}
    return names if len(set(names.values())) == len(names) else seed_names(paths, parts + 1)


def seed_texts(path: str, storage: Storage) -> Iterator[SeedText]:
    """Yield the texts of one file that are not blank.

    They are OpenWebMath's columns `text` and, if there is one, `url`, or a `.txt` file as one text.
    Raises InputError, with file and line, if a row has no text or the file cannot be read.
    """
    with reading(path), storage.open(path) as file:
        yield from (seed for seed in _texts(path, decompressed(path, file)) if seed.text.strip())


def _texts(path: str, file: BinaryIO) -> Iterator[SeedText]:
    suffix = split_suffix(path)[1]
    if suffix == ".txt":
        yield SeedText(decode_text(file.read(), path), "")
    elif suffix == ".parquet":
        yield from _parquet_texts(path, file)
    else:
        rows = json_lines(path, file) if suffix == ".jsonl" else json_values(path, file.read())
        yield from (_text(row, place) for place, row in rows)


def _text(row: Any, place: str) -> SeedText:
    text = row.get("text") if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise InputError(f"{place}: no object with a string 'text'")
    url = row.get("url")
    return SeedText(text, registered_domain(host(url)) if isinstance(url, str) else "")


def _parquet_texts(path: str, file: BinaryIO) -> Iterator[SeedText]:
    source = file if split_suffix(path)[2] == "" else io.BytesIO(file.read())
    try:
        parquet = pq.ParquetFile(source)
        if "text" not in parquet.schema_arrow.names:
            raise InputError(f"{path}: no column 'text'; it has {parquet.schema_arrow.names}")
        columns = [name for name in ("text", "url") if name in parquet.schema_arrow.names]
        rows = (
            row
            for batch in parquet.iter_batches(1024, columns=columns)
            for row in batch.to_pylist()
        )
        yield from (_text(row, f"{path}, row {number}") for number, row in enumerate(rows, 1))
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file that can be read: {error}") from error
