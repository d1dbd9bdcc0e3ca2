"""Measure decontamination: time of a page, time to build the index, and its memory.

    python benchmarks/decontamination.py --benchmarks examples/benchmarks --pages out/example/pages

`--ngrams` random n-grams are added to those of the benchmarks, as a large collection has them. The
same pages are looked up in a Python set of the same hashes, with plain words as tokens.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pipelines.stages.input_files import read_benchmarks
from schemas.settings import Decontamination
from transforms.decontamination.clean import decontaminate
from transforms.decontamination.index import Ngrams, bitmap_of, index_benchmarks
from transforms.decontamination.index_file import load_index, save_index
from transforms.decontamination.normalise import hash_ngrams, tokenize
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

NGRAM = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--benchmarks", required=True, metavar="DIR")
    parser.add_argument("--pages", required=True, metavar="DIR", help="pages/ of an output folder")
    parser.add_argument("--ngrams", type=int, default=10_000_000)
    parser.add_argument("--set", action="store_true", help="measure the Python set only")
    args = parser.parse_args()
    texts = read_texts(args.pages)
    if args.set:
        measure_set(texts, args.ngrams)
    else:
        measure(texts, args.benchmarks, args.ngrams)
        command = [sys.executable, *sys.argv, "--set"]
        subprocess.run(command, check=True)


def measure(texts: list[str], benchmarks: str, ngrams: int) -> None:
    items = read_benchmarks(benchmarks, Storage()).items
    tokenize("π warm up")
    seconds = cpu_seconds(lambda: index_benchmarks(items, NGRAM, 3))
    print(f"index of {len(items):,} items: {seconds:.2f} s of CPU time")
    index = index_benchmarks(items, NGRAM, 3)
    index = replace(index, ngrams=with_random(index.ngrams, ngrams))
    with tempfile.TemporaryDirectory() as folder:
        measure_index(texts, index, OutputTree(folder, Storage()))


def read_texts(folder: str) -> list[str]:
    files = sorted(Path(folder).glob("*.parquet"))
    texts = [t for f in files for t in pq.read_table(f, columns=["text"])["text"].to_pylist()]
    size = sum(map(len, texts)) / len(texts)
    print(f"{len(texts):,} pages of {size:,.0f} characters on average")
    return texts


def measure_index(texts: list[str], index, tree: OutputTree) -> None:
    file = save_index(index, tree)
    settings = Decontamination()
    tokens = [tokenize(text).hashes for text in texts]
    ngrams = [hash_ngrams(hashes, NGRAM) for hashes in tokens]
    before = memory()
    read = load_index(file, tree)
    for hashes in ngrams:  # the first lookup reads the file
        read.find(hashes)
    print(f"file: {file.bytes / 1e6:,.0f} MB for {file.rows:,} n-grams, of which a process maps")
    print(f"  private memory of the process: {memory() - before:,.0f} MB more")
    steps: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "tokenize": (tokenize, texts),
        "hash n-grams": (lambda hashes: hash_ngrams(hashes, NGRAM), tokens),
        "look n-grams up": (read.find, ngrams),
        "look short questions up": (read.find_short, tokens),
        "all, with evidence": (lambda text: decontaminate(text, read, settings), texts),
    }
    for name, (step, pages) in steps.items():
        print(f"  {name}: {microseconds(step, pages):,.0f} us a page")


def with_random(ngrams: Ngrams, count: int) -> Ngrams:
    """Add random n-grams of texts that no page has."""
    random = np.random.default_rng(0)
    added = random.integers(0, 2**64, max(0, count - len(ngrams.hashes)), np.uint64)
    hashes = np.unique(np.concatenate([ngrams.hashes, added]))
    positions = np.searchsorted(hashes, ngrams.hashes)
    weights = np.ones(len(hashes), np.float32)
    weights[positions] = ngrams.weights
    counts = np.ones(len(hashes), np.int64)
    counts[positions] = np.diff(ngrams.first)
    first = np.concatenate([[0], np.cumsum(counts)])
    texts, places = (np.zeros(first[-1], np.uint32) for _ in range(2))
    old = np.repeat(first[positions] - ngrams.first[:-1], np.diff(ngrams.first))
    old += np.arange(len(ngrams.texts))
    texts[old], places[old] = ngrams.texts, ngrams.positions
    return Ngrams(hashes, bitmap_of(hashes), weights, first.astype(np.uint32), texts, places)


def measure_set(texts: list[str], count: int) -> None:
    """The usual way: a set of hashes of tuples of words."""
    before = memory()
    random = np.random.default_rng(0)
    ngrams = set(random.integers(-(2**61), 2**61, count).tolist())
    print(f"Python set: {memory() - before:,.0f} MB in each process for {len(ngrams):,} hashes")

    def look_up(text: str) -> int:
        words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())
        return sum(hash(tuple(words[i : i + NGRAM])) in ngrams for i in range(len(words) - 9))

    print(f"  all, without evidence: {microseconds(look_up, texts):,.0f} us a page")


def microseconds(step: Callable[[Any], object], pages: Sequence[Any]) -> float:
    """Return the mean time of a page, of each the least of five.

    Other processes only add to it. All pages come between two times of one, so that none finds its
    part of the index in the cache.
    """
    times = np.full((5, len(pages)), np.inf)
    for run in times:
        for i, page in enumerate(pages):
            started = time.perf_counter()
            step(page)
            run[i] = time.perf_counter() - started
    return float(times.min(axis=0).mean()) * 1e6


def cpu_seconds(work: Callable[[], object]) -> float:
    """The least of five runs."""
    times = []
    for _ in range(5):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def memory() -> float:
    """Memory of this process alone in MB: pages of files that it maps are shared."""
    fields = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in fields if line.startswith("Private_Dirty")) / 1e3


if __name__ == "__main__":
    main()
