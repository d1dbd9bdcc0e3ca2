"""Problems to be explored: questions with final answers. `read_problems(...)`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from schemas.benchmarks import SUFFIXES, BenchmarkItem
from schemas.errors import InputError
from training.data.benchmarks import read_items
from training.data.find_files import find_files
from training.data.tokenizer import Vocabulary
from training.settings.rollout import Problems


def read_problems(problems: Problems, with_solution: bool = False) -> list[BenchmarkItem]:
    """Return all items that have a question and an answer (or, if asked for, a worked solution).

    Raises InputError if there is none.
    """
    items = [
        item
        for path in find_files(problems.files, SUFFIXES)
        for item in read_items(Path(path), problems.columns)
        if item.question and (item.solution if with_solution else item.answer)
    ]
    if not items:
        what = "worked solution" if with_solution else "final answer"
        raise InputError(f"no question with a {what} in {problems.files!r}")
    return items


def leave_out_long(
    items: Sequence[BenchmarkItem], problems: Problems, vocabulary: Vocabulary, room: int
) -> list[BenchmarkItem]:
    """Return the items whose prompts, with the mark of beginning, take at most `room` tokens.

    How many do not is said on standard error. Raises InputError if none does.
    """
    prompts = vocabulary.encode([problems.prompt.format(question=one.question) for one in items])
    marks = 0 if vocabulary.bos is None else 1
    short = [
        item for item, prompt in zip(items, prompts, strict=True) if len(prompt) + marks <= room
    ]
    if not short:
        raise InputError(f"no prompt fits into the {max(room, 0)} tokens that outputs leave of it")
    if left_out := len(items) - len(short):
        print(f"{left_out:,} of {len(items):,} problems are left out: too long", file=sys.stderr)
    return short


def chosen_problems(count: int, wanted: int, exploration: int, seed: int) -> list[int]:
    """Return which of `count` problems an exploration asks: `wanted` numbers.

    Explorations go through all problems, shuffled by seed and epoch, before any comes again; one
    that crosses the end of an epoch takes the rest from the next.

    >>> sorted(chosen_problems(4, 2, 0, seed=1) + chosen_problems(4, 2, 1, seed=1))
    [0, 1, 2, 3]
    """
    chosen: list[int] = []
    for place in range(exploration * wanted, (exploration + 1) * wanted):
        epoch, row = divmod(place, count)
        if not chosen or row == 0:
            order = np.random.RandomState([seed, epoch]).permutation(count)
        chosen.append(int(order[row]))
    return chosen
