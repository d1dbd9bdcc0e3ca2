"""Read, filter and draw the items of benchmark files, for evaluation and reinforcement learning."""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from schemas.benchmark_columns import Columns
from schemas.benchmark_rows import SUFFIXES
from schemas.benchmarks import BenchmarkItem, read_benchmark
from schemas.errors import InputError
from training.data.read_texts import find_files
from training.data.tokenizer import Vocabulary
from training.settings.rollout import Problems


def read_items(path: Path, columns: Columns | None = None) -> list[BenchmarkItem]:
    """Read one benchmark file; the items' `source` is its folder and stem.

    Raises InputError if the file is missing or has another suffix.
    """
    if not path.is_file() or not path.name.lower().endswith(SUFFIXES):
        raise InputError(f"{path} is not an existing {', '.join(SUFFIXES)} file")
    source = "/".join(path.parts[-2:])
    with path.open("rb") as file:
        return list(read_benchmark(source, file, columns))


def draw_items(items: list[BenchmarkItem], count: int | None, seed: int) -> list[BenchmarkItem]:
    """Return a random sample of `count` items in their original order; all of them for None.

    Benchmarks are often sorted by subject or level, so the first hundred are not a fair sample.
    """
    if count is None or count >= len(items):
        return items
    rows = sorted(random.Random(seed).sample(range(len(items)), count))
    return [items[row] for row in rows]


def read_problems(problems: Problems, with_solution: bool = False) -> list[BenchmarkItem]:
    """Return the items with a question and a final answer (or, if so set, a worked solution).

    Raises InputError if there is none.
    """
    items = [
        item
        for path in find_files(problems.files, SUFFIXES)
        for item in read_items(Path(path), problems.columns)
        if item.question and (item.solution if with_solution else item.answer)
    ]
    if not items:
        needed = "worked solution" if with_solution else "final answer"
        raise InputError(f"no question with a {needed} in {problems.files!r}")
    return items


def leave_out_long(
    items: Sequence[BenchmarkItem], problems: Problems, vocabulary: Vocabulary, room: int
) -> list[BenchmarkItem]:
    """Return the items whose prompts, BOS included, take at most `room` tokens.

    The number left out is printed on standard error. Raises InputError if no item is left.
    """
    prompts = vocabulary.encode([problems.prompt.format(question=item.question) for item in items])
    bos = 0 if vocabulary.bos is None else 1
    short = [item for item, prompt in zip(items, prompts, strict=True) if len(prompt) + bos <= room]
    if not short:
        raise InputError(
            f"no prompt fits into the {max(room, 0)} tokens that max_new_tokens leaves of the "
            "context"
        )
    if left_out := len(items) - len(short):
        print(f"{left_out:,} of {len(items):,} problems are left out: too long", file=sys.stderr)
    return short


def draw_problems(count: int, size: int, rollout: int, seed: int) -> list[int]:
    """Return the indices of the `size` problems of rollout `rollout`, from 0, among `count`.

    Rollouts go through all problems, shuffled by seed and epoch, before any repeats; one that
    crosses the end of an epoch takes the rest from the next.

    >>> sorted(draw_problems(4, 2, 0, seed=1) + draw_problems(4, 2, 1, seed=1))
    [0, 1, 2, 3]
    """
    rows: list[int] = []
    for position in range(rollout * size, (rollout + 1) * size):
        epoch, index = divmod(position, count)
        if not rows or index == 0:
            order = np.random.RandomState([seed, epoch]).permutation(count)
        rows.append(int(order[index]))
    return rows
