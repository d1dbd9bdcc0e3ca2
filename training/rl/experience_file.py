"""Experiences as Parquet: for people to read, and for a run that was killed to go on from.

One row an output, one file an exploration. Numbers of tokens are kept as they are, so that updates
that were still to come end with the same bits. Source: what verl and TRL print a sample of.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion
from training.rewards.types import Grade
from training.rl.types import Experience

_FLOATS = pa.list_(pa.float32())
_SCHEMA = pa.schema(
    [
        pa.field("exploration", pa.int32()),
        pa.field("problem", pa.int32()),  # place among all problems
        pa.field("source", pa.string()),
        pa.field("row", pa.int32()),  # of the source
        pa.field("group", pa.int32()),
        pa.field("sample", pa.int32()),
        pa.field("question", pa.string()),
        pa.field("gold", pa.string()),
        pa.field("text", pa.string()),
        pa.field("reward", pa.float64()),
        pa.field("parts", pa.string()),  # JSON: what the reward adds up from
        pa.field("finished", pa.bool_()),
        pa.field("step_ends", pa.list_(pa.int32())),
        pa.field("step_rewards", pa.list_(pa.float64())),
        pa.field("prompt_tokens", pa.list_(pa.int32())),
        pa.field("tokens", pa.list_(pa.int32())),
        pa.field("logprobs", pa.list_(pa.float64())),  # nats, as sampled
        pa.field("advantage", _FLOATS),
        pa.field("old", _FLOATS),
        pa.field("reference", _FLOATS),
        pa.field("returned", _FLOATS),
    ]
)


def write_experiences(
    path: Path,
    exploration: int,
    experiences: Sequence[Experience],
    problems: Sequence[BenchmarkItem],
) -> None:
    """Write a file, whole or not at all; the same experiences give the same bytes."""
    rows = [_row(exploration, one, problems[one.problem]) for one in experiences]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), partial, compression="zstd")
    os.replace(partial, path)


def read_experiences(path: Path) -> list[Experience]:
    """Return what `write_experiences` wrote, bit for bit. Raises ValueError if it is gone."""
    if not path.is_file():
        raise ValueError(f"{path} is gone, and the run stands in the middle of it: begin a new one")
    return [_experience(row) for row in pq.read_table(path, schema=_SCHEMA).to_pylist()]


def _row(exploration: int, one: Experience, item: BenchmarkItem) -> dict[str, Any]:
    arrays = {name: getattr(one, name) for name in ("advantage", "old", "reference", "returned")}
    return arrays | {
        "exploration": exploration,
        "problem": one.problem,
        "source": item.source,
        "row": item.row,
        "group": one.group,
        "sample": one.sample,
        "question": item.question,
        "gold": item.answer,
        "text": one.completion.text,
        "reward": one.grade.reward,
        "parts": json.dumps(dict(one.grade.parts)),
        "finished": one.completion.finished,
        "step_ends": [end for end, _ in one.grade.steps],
        "step_rewards": [reward for _, reward in one.grade.steps],
        "prompt_tokens": one.completion.prompt,
        "tokens": one.completion.tokens,
        "logprobs": one.completion.logprobs,
    }


def _experience(row: dict[str, Any]) -> Experience:
    completion = Completion(
        tuple(row["prompt_tokens"]),
        tuple(row["tokens"]),
        tuple(row["logprobs"]),
        row["finished"],
        row["text"],
    )
    steps = tuple(zip(row["step_ends"], row["step_rewards"], strict=True))
    grade = Grade(row["reward"], json.loads(row["parts"]), steps)
    old, reference, returned = (
        None if row[name] is None else np.array(row[name], np.float32)
        for name in ("old", "reference", "returned")
    )
    return Experience(
        problem=row["problem"],
        group=row["group"],
        sample=row["sample"],
        completion=completion,
        grade=grade,
        advantage=np.array(row["advantage"], np.float32),
        old=old,
        reference=reference,
        returned=returned,
    )
