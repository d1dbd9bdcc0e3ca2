"""Write and read experiences as Parquet files, to inspect a run and to resume it.

One row per completion, one file per rollout. All values per token are stored exactly, so that the
remaining updates of a resumed run are bit-identical. verl and TRL only print a sample of these.
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
from schemas.errors import InputError
from training.generation.types import Completion
from training.rewards.types import Grade
from training.rl.types import Experience

_FLOATS = pa.list_(pa.float32())
_SCHEMA = pa.schema(
    [
        pa.field("exploration", pa.int32()),
        pa.field("problem", pa.int32()),  # index among all problems
        pa.field("source", pa.string()),
        pa.field("row", pa.int32()),  # of the source
        pa.field("group", pa.int32()),
        pa.field("sample", pa.int32()),
        pa.field("question", pa.string()),
        pa.field("gold", pa.string()),
        pa.field("text", pa.string()),
        pa.field("reward", pa.float64()),
        pa.field("parts", pa.string()),  # JSON: the parts of the reward
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
    index: int,
    experiences: Sequence[Experience],
    problems: Sequence[BenchmarkItem],
) -> None:
    """Write the experiences of rollout `index` atomically; equal ones give equal bytes."""
    rows = [_row(index, experience, problems[experience.problem]) for experience in experiences]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), partial, compression="zstd")
    os.replace(partial, path)


def read_experiences(path: Path) -> list[Experience]:
    """Return what `write_experiences` wrote, bit-identical. Raises InputError if it is missing."""
    if not path.is_file():
        raise InputError(
            f"{path} is missing, and the run has not taken all updates on it: start a new run"
        )
    return [_experience(row) for row in pq.read_table(path, schema=_SCHEMA).to_pylist()]


def _row(index: int, experience: Experience, item: BenchmarkItem) -> dict[str, Any]:
    names = ("advantage", "old", "reference", "returned")
    arrays = {name: getattr(experience, name) for name in names}
    completion, grade = experience.completion, experience.grade
    return arrays | {
        "exploration": index,
        "problem": experience.problem,
        "source": item.source,
        "row": item.row,
        "group": experience.group,
        "sample": experience.sample,
        "question": item.question,
        "gold": item.answer,
        "text": completion.text,
        "reward": grade.reward,
        "parts": json.dumps(dict(grade.parts)),
        "finished": completion.finished,
        "step_ends": [end for end, _ in grade.steps],
        "step_rewards": [reward for _, reward in grade.steps],
        "prompt_tokens": completion.prompt,
        "tokens": completion.tokens,
        "logprobs": completion.logprobs,
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
