"""Stream the texts of Parquet files, shuffled, from any position on. `read_texts(...)`.

The row groups of all files are put in an order by chance, read `mix_groups` at a time, and the rows
of those are shuffled together: so much text is in memory and no more. The order depends on the
seed and the epoch alone, so that a position is three numbers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.errors import InputError


@dataclass(frozen=True)
class Position:
    """The row that comes next: row `row`, as shuffled, of mix `mix` of epoch `epoch`."""

    epoch: int = 0
    mix: int = 0
    row: int = 0


@dataclass(frozen=True)
class Text:
    """One text, where it stands, and the position after it."""

    text: str
    origin: str
    following: Position


def read_texts(
    files: Sequence[str], column: str, seed: str, mix_groups: int, start: Position
) -> Iterator[Text]:
    """Yield texts without end, epoch after epoch; those that are null or empty are left out.

    Raises InputError for a file without the column, and if there is no text in any file.
    """
    groups = _row_groups(files, column)
    mixes = range(0, len(groups), mix_groups)
    position = start
    while True:
        epoch = position.epoch
        order = _shuffled(len(groups), f"{seed}/{epoch}")
        found = position != Position(epoch)  # an epoch that was begun says nothing of the whole
        for mix in range(position.mix, len(mixes)):
            chosen = [groups[i] for i in order[mixes[mix] : mixes[mix] + mix_groups]]
            first = position.row if mix == position.mix else 0
            for text, origin, row in _read_mix(chosen, column, f"{seed}/{epoch}/{mix}", first):
                found = True
                yield Text(text, origin, Position(epoch, mix, row + 1))
        if not found:
            raise InputError(f"no text in column {column!r} of {', '.join(files)}")
        position = Position(epoch + 1)


@contextmanager
def open_parquet(path: str, column: str) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file that has a column, as a context.

    Raises InputError if the column is missing, or the file is not Parquet.
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


def _row_groups(files: Sequence[str], column: str) -> list[tuple[str, int, int]]:
    """Return file, number and first row of every row group."""
    groups = []
    for path in files:
        with open_parquet(path, column) as file:
            first = 0
            for number in range(file.num_row_groups):
                groups.append((path, number, first))
                first += file.metadata.row_group(number).num_rows
    return groups


def _read_mix(
    groups: Sequence[tuple[str, int, int]], column: str, seed: str, first: int
) -> Iterator[tuple[str, str, int]]:
    """Yield text, origin and shuffled row of some row groups, from row `first` on."""
    columns: list[pa.ChunkedArray] = []
    for path, number, _ in groups:
        with pq.ParquetFile(path) as file:
            columns.append(file.read_row_group(number, columns=[column]).column(0))
    starts = np.cumsum([0, *(len(one) for one in columns)])
    order = _shuffled(int(starts[-1]), seed)
    for row in range(first, len(order)):
        which = int(np.searchsorted(starts, order[row], "right")) - 1
        inner = int(order[row] - starts[which])
        path, _, group_row = groups[which]
        if text := columns[which][inner].as_py():
            yield text, f"{path}:{group_row + inner}", row


def _shuffled(count: int, seed: str) -> NDArray[np.int64]:
    """Return 0 ... count-1 in an order by chance; NumPy promises never to change this generator."""
    digest = np.frombuffer(blake2b(seed.encode(), digest_size=16).digest(), np.uint32)
    return np.random.RandomState(digest).permutation(count)
