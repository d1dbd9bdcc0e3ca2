"""Problems to be explored: questions with final answers, in an order of their own each epoch."""

from pathlib import Path

import numpy as np

from schemas.benchmarks import SUFFIXES, BenchmarkItem
from training.find_files import find_files
from training.read_items import read_items
from training.rollout_settings import Problems


def read_problems(problems: Problems, with_solution: bool = False) -> list[BenchmarkItem]:
    """Return all items that have a question and an answer (or, if asked for, a worked solution).

    Raises ValueError if there is none.
    """
    items = [
        item
        for path in find_files(problems.files, SUFFIXES)
        for item in read_items(Path(path), problems.columns)
        if item.question and (item.solution if with_solution else item.answer)
    ]
    if not items:
        what = "worked solution" if with_solution else "final answer"
        raise ValueError(f"no question with a {what} in {problems.files!r}")
    return items


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
