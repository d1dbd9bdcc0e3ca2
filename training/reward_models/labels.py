"""Write and read labelled completions, and turn them into training documents of reward models.

A file has one row per completion; equal rows give equal bytes, and a file is complete or absent.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import InputError
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
class LabelledCompletion:
    """A completion of row `row` of `source`, and the labels of its steps."""

    source: str
    row: int
    sample: int  # index among the completions of its question
    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    ends: tuple[int, ...]  # indices in `tokens` of the last token of each labelled step
    counts: tuple[int, ...]  # how many of `rollouts` continuations of each step are right
    rollouts: int  # N; 1 if only the outcome is labelled
    right: bool  # the rule's verdict on the completion

    @property
    def name(self) -> str:
        return f"{self.source}:{self.row}, completion {self.sample}"


def write_labelled(path: Path, completions: Sequence[LabelledCompletion]) -> None:
    """Write a Parquet file under a temporary name, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    table = pa.Table.from_pylist([asdict(row) for row in completions], schema=LAYOUT)
    with partial.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_labelled(path: Path) -> list[LabelledCompletion]:
    """Return the completions of a file. Raises InputError if it has other columns."""
    table = pq.read_table(path)
    if table.schema.names != LAYOUT.names:
        names = ", ".join(table.schema.names)
        raise InputError(f"{path} has no labelled completions: its columns are {names}")
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row |= {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    return [LabelledCompletion(**row) for row in rows]


def load_labelled(folder: Path) -> list[LabelledCompletion]:
    """Return the completions of all files of a directory, in the order of file names."""
    files = find_files(str(folder), [".parquet"])
    return [row for path in files for row in read_labelled(Path(path))]


def training_documents(
    labelled: Mapping[str, Sequence[LabelledCompletion]],
    rollouts: int,
    context: int,
    replay_share: float,
    seed: int,
    progress: SourceProgress,
) -> Iterator[Document]:
    """Yield prompts with completions, endlessly, with a label k (of `rollouts`) at each step's end.

    `labelled` has the key "labels" and optionally "replay", which `replay_share` of the documents
    come from. With `rollouts` of 1 a label is 1 if any continuation was right. Documents longer
    than `context` tokens are left out, since a score is for the whole completion. Raises InputError
    if none fits or labels are of another number of rollouts.
    """
    documents = {name: _fitting(rows, rollouts, context) for name, rows in labelled.items()}
    state = {name: tuple(progress.get(name, (0, 0, 0, 0))) for name in documents}
    streams = {
        name: _shuffled(source, [seed, number], state[name])
        for number, (name, source) in enumerate(documents.items())
    }
    while True:
        drawn = {
            name: state[name][0] * len(source) + state[name][2]
            for name, source in documents.items()
        }
        replay_is_due = replay_share * (sum(drawn.values()) + 1) > drawn.get("replay", np.inf)
        name = "replay" if replay_is_due else "labels"
        document, state[name] = next(streams[name])
        share = 1 / len(documents[name])
        yield replace(document, progress=dict(state), source=name, epoch_share=share)


def _fitting(
    completions: Sequence[LabelledCompletion], rollouts: int, context: int
) -> list[Document]:
    """Return the completions that fit into a block, as documents; raise InputError if none does."""
    others = [row for row in completions if rollouts > 1 and row.rollouts != rollouts]
    if others:
        raise InputError(
            f"labels of {others[0].name} are of {others[0].rollouts} rollouts, not {rollouts}: set "
            f"labels.rollouts to {others[0].rollouts}, or labels.target to hard"
        )
    documents = [
        _document(row, rollouts)
        for row in completions
        if len(row.prompt) + len(row.tokens) <= context
    ]
    if not documents:
        raise InputError(f"no labelled completion fits into batch.context ({context} tokens)")
    return documents


def _document(row: LabelledCompletion, rollouts: int) -> Document:
    """Return prompt and completion, followed by a token that is never an input."""
    tokens = np.array([*row.prompt, *row.tokens, 0], np.int32)
    labels = np.full(len(tokens) - 1, IGNORED, np.int32)
    counts = row.counts if rollouts > 1 else [int(count > 0) for count in row.counts]
    labels[len(row.prompt) + np.array(row.ends)] = counts
    return Document(tokens, row.name, {}, labels=labels)


def _shuffled(
    documents: Sequence[Document], seed: Sequence[int], start: Sequence[int]
) -> Iterator[tuple[Document, tuple[int, int, int, int]]]:
    """Yield documents and the state after each: epoch, 0, index in the epoch, tokens so far."""
    epoch, _, first, tokens = start
    while True:
        order = np.random.RandomState([*seed, epoch]).permutation(len(documents))
        for index in range(first, len(order)):
            document = documents[order[index]]
            tokens += len(document.tokens) - 1
            yield document, (epoch, 0, index + 1, tokens)
        epoch, first = epoch + 1, 0
