"""Divide the documents of a corpus at random into disjoint shares, one per training run."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.errors import InputError
from training.data.read_texts import find_files, open_parquet


def write_shares(corpus: Path, column: str, count: int, salt: str, out: Path) -> list[Path]:
    """Divide a corpus into `count` shares, and return their folders, `out`/0, `out`/1, ...

    Each has one Parquet file, with that column alone, per file of the corpus. The share of a
    document is a hash of `salt` and of its value in the column `id` or, without one, of its text:
    versions of one document are in the same share of each corpus. Shares that already exist are not
    written again. Raises InputError if a share has no document.
    """
    folders = [out / str(share) for share in range(count)]
    if out.exists():
        return folders
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for folder in folders:
        (partial / folder.name).mkdir(parents=True)
    documents = np.zeros(count, np.int64)
    for number, path in enumerate(find_files(str(corpus), [".parquet"])):
        targets = [partial / folder.name / f"{number:05d}.parquet" for folder in folders]
        documents += _divide(path, column, salt, targets)
    if not documents.all():
        raise InputError(
            f"{corpus} has {documents.sum():,} documents, too few to divide into {count} shares:"
            " use fewer --seeds or a larger corpus"
        )
    partial.rename(out)
    return folders


def share_of(key: str, count: int, salt: str) -> int:
    """Return the share of a document with this id or text, from 0 to `count` - 1."""
    digest = blake2b(key.encode(), digest_size=8, key=blake2b(salt.encode()).digest()).digest()
    return int.from_bytes(digest, "big") % count


def _divide(path: str, column: str, salt: str, targets: Sequence[Path]) -> NDArray[np.int64]:
    """Write the texts of a file to one file per share, and return how many each has."""
    schema = pa.schema([(column, pa.large_string())])
    counts = np.zeros(len(targets), np.int64)
    with open_parquet(path, column) as file, ExitStack() as stack:
        writers = [
            stack.enter_context(pq.ParquetWriter(target, schema, compression="zstd"))
            for target in targets
        ]
        for group in range(file.num_row_groups):
            texts: list[list[str]] = [[] for _ in targets]
            for key, text in _documents(file, group, column):
                texts[share_of(key, len(targets), salt)].append(text)
            for writer, share in zip(writers, texts, strict=True):
                if share:
                    writer.write_table(pa.table({column: share}, schema))
            counts += [len(share) for share in texts]
    return counts


def _documents(file: pq.ParquetFile, group: int, column: str) -> Iterator[tuple[str, str]]:
    """Yield the id (the text, if there is none) and the text of each document with a text."""
    has_id = "id" in file.schema_arrow.names
    rows = file.read_row_group(group, columns=[column, "id"] if has_id else [column])
    texts = rows[column].to_pylist()
    keys = rows["id"].to_pylist() if has_id else texts
    for key, text in zip(keys, texts, strict=True):
        if text:
            yield text if key is None else str(key), text
