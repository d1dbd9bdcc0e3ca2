"""Index the n-grams of benchmarks, and pass the index to the workers as a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.benchmarks import BenchmarkItem
from schemas.manifest import Output
from transforms.decontamination.normalise import (
    Hashes,
    hash_ngrams,
    hash_words,
    normalised_words,
)
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import describe

_PATH = "decontamination/ngrams.parquet"


@dataclass(frozen=True)
class NgramIndex:
    """Sorted hashes of the n-grams of benchmarks, by length in words."""

    by_length: Mapping[int, Hashes]


def index_benchmarks(items: Iterable[BenchmarkItem], ngram: int, short_ngram: int) -> NgramIndex:
    """Index every `ngram` consecutive words of questions and solutions.

    A question of fewer words, but at least `short_ngram`, is indexed whole.
    """
    ngrams: dict[int, list[Hashes]] = {ngram: []}
    for item in items:
        for text in (item.question, item.solution):
            hashes = hash_words(normalised_words(text))
            if len(hashes) >= ngram:
                ngrams[ngram].append(hash_ngrams(hashes, ngram))
            elif len(hashes) >= short_ngram and text is item.question:
                ngrams.setdefault(len(hashes), []).append(hash_ngrams(hashes, len(hashes)))
    empty = np.zeros(0, np.uint64)
    return NgramIndex(
        {length: np.unique(np.concatenate([empty, *hashes])) for length, hashes in ngrams.items()}
    )


def save_index(index: NgramIndex, tree: OutputTree) -> Output:
    """Write an index into the output tree for the workers; return the file, with its digest."""
    hashes = [pa.array(ngrams, pa.uint64()) for ngrams in index.by_length.values()]
    table = pa.table(
        {
            "length": np.repeat(list(index.by_length), [len(ngrams) for ngrams in hashes]),
            "hash": pa.chunked_array(hashes, pa.uint64()),
        }
    )
    with tree.create(_PATH) as local:
        pq.write_table(table, local)
        return describe(local, _PATH, table.num_rows)


@lru_cache(maxsize=1)
def load_index(file: Output, tree: OutputTree) -> NgramIndex:
    """Read the index of the output tree, once per worker.

    `file` is what `save_index` returned; its digest keeps a worker from reusing the index of
    another run.
    """
    table = tree.read_table(file, ["length", "hash"])
    lengths, hashes = table.column("length").to_numpy(), table.column("hash").to_numpy()
    return NgramIndex({int(length): hashes[lengths == length] for length in np.unique(lengths)})
