"""The items of a benchmark file or folder for evaluation."""

import random
from pathlib import Path

from schemas.benchmarks import SUFFIXES, BenchmarkItem, Columns, read_benchmark
from schemas.errors import InputError


def read_items(path: Path, columns: Columns | None = None) -> list[BenchmarkItem]:
    """Read one benchmark file, named by its folder and stem. Raises InputError if it is none."""
    if not path.is_file() or path.suffix not in SUFFIXES:
        raise InputError(f"{path} is no {', '.join(SUFFIXES)} file")
    source = "/".join(path.parts[-2:])
    with path.open("rb") as file:
        return list(read_benchmark(source, file, columns))


def draw_items(items: list[BenchmarkItem], count: int | None, seed: int) -> list[BenchmarkItem]:
    """Return `count` of the items in their order, drawn by the seed; all of them for None.

    Benchmarks lie sorted by subject or level: the first hundred are no sample.
    """
    if count is None or count >= len(items):
        return items
    chosen = sorted(random.Random(seed).sample(range(len(items)), count))
    return [items[i] for i in chosen]
