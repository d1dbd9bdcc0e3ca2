"""Labelled outputs, of which reward models learn, and their files.

One row an output; equal outputs give equal files, which appear whole or not at all.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.find_files import find_files

LAYOUT = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("prompt", pa.list_(pa.int32()), nullable=False),
        pa.field("tokens", pa.list_(pa.int32()), nullable=False),
        pa.field("ends", pa.list_(pa.int32()), nullable=False),
        pa.field("counts", pa.list_(pa.int32()), nullable=False),
        pa.field("rollouts", pa.int32(), nullable=False),
        pa.field("right", pa.bool_(), nullable=False),
    ],
    metadata={"layout": "labelled/1"},
)


@dataclass(frozen=True)
class Labelled:
    """An output to row `row` of `source`, and how good its steps are."""

    source: str
    row: int
    sample: int  # number of the output among those to its question
    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    ends: tuple[int, ...]  # places in `tokens` of the last token of each labelled step
    counts: tuple[int, ...]  # of `rollouts`, those that reached the answer from there
    rollouts: int  # N; 1 where the outcome alone is labelled
    right: bool  # what the rule says of the whole

    @property
    def name(self) -> str:
        return f"{self.source}:{self.row}, output {self.sample}"


def write_labelled(path: Path, outputs: Sequence[Labelled]) -> None:
    """Write a Parquet file under another name, then give it its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    table = pa.Table.from_pylist([asdict(one) for one in outputs], schema=LAYOUT)
    with partial.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_labelled(path: Path) -> list[Labelled]:
    """Return the outputs of a file. Raises ValueError if it is of another layout."""
    table = pq.read_table(path)
    if table.schema.names != LAYOUT.names:
        raise ValueError(f"{path} holds no labelled outputs, but columns {table.schema.names}")
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row |= {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    return [Labelled(**row) for row in rows]


def load_labelled(folder: Path) -> list[Labelled]:
    """Return the outputs of all files of a folder, in the order of their names."""
    files = find_files(str(folder), [".parquet"])
    return [one for path in files for one in read_labelled(Path(path))]
