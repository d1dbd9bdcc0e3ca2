"""Find Parquet files and stream their texts in shuffled order, from any position.

The row groups of all files are shuffled, `mix_groups` at a time are read into memory, and the rows
of those are shuffled together. The order depends on the seed and the epoch alone, so a position is
three numbers.
"""

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.errors import InputError


@dataclass(frozen=True)
class Position:
    """The next row to read: row `row` in shuffled order of mix `mix` of epoch `epoch`."""

    epoch: int = 0
    mix: int = 0
    row: int = 0


@dataclass(frozen=True)
class Text:
    """A text, its file and row, the position after it, and its share of an epoch."""

    text: str
    origin: str
    following: Position
    epoch_share: float  # 1 / rows of all files, without nulls where the files count them


@dataclass(frozen=True)
class _RowGroup:
    path: str
    index: int
    first: int  # row in the file
    texts: int  # rows that are not null


def find_files(pattern: str, suffixes: Sequence[str]) -> list[str]:
    """Return the sorted paths that `pattern` matches: a file, a folder (recursively) or a glob.

    From a folder or glob, only files with one of `suffixes`, in any case, count, and none whose
    name or folder begins with `_` or `.`. Raises InputError if there is none.
    """
    if Path(pattern).is_file():
        return [pattern]
    folder = Path(pattern) if Path(pattern).is_dir() else None
    paths = sorted(
        path
        for path in glob.glob(
            str(Path(glob.escape(pattern)) / "**" / "*") if folder else pattern, recursive=True
        )
        if path.lower().endswith(tuple(suffixes))
        and Path(path).is_file()
        and not _is_hidden(path, folder)
    )
    if not paths:
        raise InputError(f"no {' or '.join(suffixes)} file in {pattern!r}")
    return paths


def _is_hidden(path: str, folder: Path | None) -> bool:
    parts = Path(path).relative_to(folder).parts if folder else (Path(path).name,)
    return any(part.startswith(("_", ".")) for part in parts)


def read_texts(
    files: Sequence[str], column: str, seed: str, mix_groups: int, start: Position
) -> Iterator[Text]:
    """Yield texts endlessly, epoch after epoch, skipping null and empty ones.

    Raises InputError if a file lacks the column, and if no file has any text.
    """
    groups = _row_groups(files, column)
    share = 1 / max(1, sum(group.texts for group in groups))
    mixes = range(0, len(groups), mix_groups)
    position = start
    while True:
        epoch = position.epoch
        order = shuffled(len(groups), f"{seed}/{epoch}")
        has_text = position != Position(epoch)  # only an entire epoch without text is an error
        for mix in range(position.mix, len(mixes)):
            mixed = [groups[i] for i in order[mixes[mix] : mixes[mix] + mix_groups]]
            first = position.row if mix == position.mix else 0
            for text, origin, row in _read_mix(mixed, column, f"{seed}/{epoch}/{mix}", first):
                has_text = True
                yield Text(text, origin, Position(epoch, mix, row + 1), share)
        if not has_text:
            raise InputError(f"no text in column {column!r} of {', '.join(files)}")
        position = Position(epoch + 1)


@contextmanager
def open_parquet(path: str, column: str) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file as a context.

    Raises InputError if it is not Parquet, or has no column of that name.
    """
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} is not a Parquet file: {error}") from error
    with file:
        if column not in file.schema_arrow.names:
            names = ", ".join(file.schema_arrow.names)
            raise InputError(f"{path} has no column {column!r}; it has {names}")
        yield file


def _row_groups(files: Sequence[str], column: str) -> list[_RowGroup]:
    groups = []
    for path in files:
        with open_parquet(path, column) as file:
            first = 0
            for index in range(file.num_row_groups):
                rows = file.metadata.row_group(index)
                groups.append(_RowGroup(path, index, first, rows.num_rows - _nulls(rows, column)))
                first += rows.num_rows
    return groups


def _nulls(rows: pq.RowGroupMetaData, column: str) -> int:
    """Return the number of nulls in a column of a row group; 0 if the file does not say."""
    chunks = (rows.column(index) for index in range(rows.num_columns))
    found = (chunk.statistics for chunk in chunks if chunk.path_in_schema == column)
    return sum(statistics.null_count or 0 for statistics in found if statistics)


def _read_mix(
    groups: Sequence[_RowGroup], column: str, seed: str, first: int
) -> Iterator[tuple[str, str, int]]:
    """Yield text, origin and shuffled row of the texts of some row groups, from row `first` on."""
    columns: list[pa.ChunkedArray] = []
    for group in groups:
        with pq.ParquetFile(group.path) as file:
            columns.append(file.read_row_group(group.index, columns=[column]).column(0))
    starts = np.cumsum([0, *(len(rows) for rows in columns)])
    order = shuffled(int(starts[-1]), seed)
    for row in range(first, len(order)):
        number = int(np.searchsorted(starts, order[row], "right")) - 1
        inner = int(order[row] - starts[number])
        if text := columns[number][inner].as_py():
            yield text, f"{groups[number].path}:{groups[number].first + inner}", row


def shuffled(count: int, seed: str) -> NDArray[np.int64]:
    """Return a random permutation of 0 ... count - 1; RandomState's stream is frozen (NEP 19)."""
    digest = np.frombuffer(blake2b(seed.encode(), digest_size=16).digest(), np.uint32)
    return np.random.RandomState(digest).permutation(count)
