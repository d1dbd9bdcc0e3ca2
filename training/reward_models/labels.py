"""Labelled outputs, of which reward models learn, and their files.

One row an output; equal outputs give equal files, which appear whole or not at all.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.data.packing import IGNORED, Document, SourceProgress
from training.data.read_texts import find_files

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


def read_labels(
    labelled: Mapping[str, Sequence[Labelled]],
    rollouts: int,
    context: int,
    replay_share: float,
    seed: int,
    progress: SourceProgress,
) -> Iterator[Document]:
    """Yield outputs with their prompts; labels are k of `rollouts` at the ends of their steps.

    `labelled` are "labels" and, if there are any, those of "replay", of which `replay_share` of the
    documents come. With `rollouts` of 1 a label is 1 where any completion was right. What does not
    fit into `context` tokens is left out: no score is of a part. Raises ValueError if nothing fits
    or labels are of another number of rollouts.
    """
    documents = {name: _fitting(outputs, rollouts, context) for name, outputs in labelled.items()}
    at = {name: tuple(progress.get(name, (0, 0, 0, 0))) for name in documents}
    streams = {
        name: _shuffled(name, some, [seed, place], at[name])
        for place, (name, some) in enumerate(documents.items())
    }
    while True:
        drawn = {name: at[name][0] * len(some) + at[name][2] for name, some in documents.items()}
        behind = replay_share * (sum(drawn.values()) + 1) > drawn.get("replay", np.inf)
        name = "replay" if behind else "labels"
        document, at[name] = next(streams[name])
        yield Document(document.tokens, document.origin, dict(at), labels=document.labels)


def _fitting(outputs: Sequence[Labelled], rollouts: int, context: int) -> list[Document]:
    """Return those that fit into a block, as documents; ValueError if there is none."""
    other = [one for one in outputs if rollouts > 1 and one.rollouts != rollouts]
    if other:
        raise ValueError(
            f"labels of {other[0].name} are of {other[0].rollouts} rollouts, those to be learnt of "
            f"{rollouts}: set labels.rollouts to {other[0].rollouts}, or labels.target to hard"
        )
    size = [len(one.prompt) + len(one.tokens) for one in outputs]
    some = [_document(one, rollouts) for one, n in zip(outputs, size, strict=True) if n <= context]
    if not some:
        raise ValueError(f"no labelled output fits into batch.context ({context} tokens)")
    return some


def _document(one: Labelled, rollouts: int) -> Document:
    """Return prompt and output, all of which is read, and one token more, which never is."""
    tokens = np.array([*one.prompt, *one.tokens, 0], np.int32)
    labels = np.full(len(tokens) - 1, IGNORED, np.int32)
    counts = one.counts if rollouts > 1 else [int(count > 0) for count in one.counts]
    labels[len(one.prompt) + np.array(one.ends)] = counts
    return Document(tokens, one.name, {}, labels=labels)


def _shuffled(
    name: str, documents: Sequence[Document], seed: Sequence[int], start: Sequence[int]
) -> Iterator[tuple[Document, tuple[int, int, int, int]]]:
    epoch, _, row, given = start
    while True:
        order = np.random.RandomState([*seed, epoch]).permutation(len(documents))
        for place in range(row, len(order)):
            one = documents[order[place]]
            given += len(one.tokens) - 1
            yield one, (epoch, 0, place + 1, given)
        epoch, row = epoch + 1, 0
