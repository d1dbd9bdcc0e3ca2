"""Read the files that a user names: the seed corpus, labels and benchmarks."""

import os
from collections.abc import Iterator, Mapping, Sequence

from pipelines.stages.round_inputs import Seed
from schemas.benchmarks import SUFFIXES, BenchmarkItem, read_benchmark
from schemas.errors import InputError, reading
from schemas.patterns import Pattern, parse_patterns
from transforms.recall.seed import count_seed_texts, seed_files
from transforms.storage.files import Storage, is_remote


def read_seed(paths: Sequence[str], storage: Storage) -> Seed:
    """Count and fingerprint the texts of the seed corpus; raises InputError for a bad file."""
    texts, digests = {}, {}
    for file in seed_files(paths, storage):
        with reading(f"--seed {file}"):
            texts[file] = count_seed_texts(file, storage)
            digests[file.rpartition("/")[2]] = storage.sha256(file)
    return Seed(texts, digests)


def read_labels(path: str | None, storage: Storage) -> list[Pattern]:
    """Read the patterns file of `--labels`, if any; raises InputError for a bad file."""
    if not path:
        return []
    with reading(f"--labels {path}"):
        text = storage.read(path).decode()
    return parse_patterns(text, path)


def benchmark_files(folder: str, storage: Storage) -> dict[str, str]:
    """Return the benchmark files in a folder, by path relative to it.

    Raises InputError if there are none.
    """
    paths = [path for path, _ in storage.files(folder, lambda name: name.endswith(SUFFIXES))]
    if not paths:
        raise InputError(f"--benchmarks {folder}: no {', '.join(SUFFIXES)} there")
    base = folder if is_remote(folder) else os.path.abspath(folder)
    return {path.removeprefix(base).strip("/") or os.path.basename(path): path for path in paths}


def read_benchmarks(benchmarks: Mapping[str, str], storage: Storage) -> Iterator[BenchmarkItem]:
    """Yield the items of benchmark files, paths by name; raises InputError for a bad file."""
    for name, path in benchmarks.items():
        with reading(f"--benchmarks {path}"), storage.open(path) as file:
            items = list(read_benchmark(name, file))
        yield from items
