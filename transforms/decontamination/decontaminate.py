"""Remove what stands in a benchmark from a page (paper, section 2.1)."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from schemas.benchmarks import BenchmarkItem
from transforms.text.words import words

Hashes = NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)  # odd, so that every word of an n-gram counts


@dataclass(frozen=True)
class NgramIndex:
    """Hashes of what contaminates, sorted, by length in words."""

    by_length: Mapping[int, Hashes]


def index_benchmarks(items: Iterable[BenchmarkItem], ngram: int, short_ngram: int) -> NgramIndex:
    """Index every `ngram` words in a row of questions and solutions.

    A question of fewer words, but at least `short_ngram`, is indexed whole.
    """
    found: dict[int, list[Hashes]] = {ngram: []}
    for item in items:
        for text in (item.question, item.solution):
            hashes = _word_hashes(_words(text))
            if len(hashes) >= ngram:
                found[ngram].append(_ngrams(hashes, ngram))
            elif len(hashes) >= short_ngram and text is item.question:
                found.setdefault(len(hashes), []).append(_ngrams(hashes, len(hashes)))
    empty = np.zeros(0, np.uint64)
    return NgramIndex(
        {length: np.unique(np.concatenate([empty, *some])) for length, some in found.items()}
    )


def remove_contaminated(text: str, index: NgramIndex) -> tuple[str, int]:
    """Return `text` without the lines in which words of an indexed n-gram stand, and their number.

    An n-gram that runs over several lines takes all of them with it.
    """
    hashes = _word_hashes(_words(text))
    hit = np.zeros(len(hashes), bool)
    for length, indexed in index.by_length.items():
        for start in np.flatnonzero(_contained(_ngrams(hashes, length), indexed)):
            hit[start : start + length] = True
    if not hit.any():
        return text, 0
    lines = text.split("\n")
    line_of_word = np.repeat(np.arange(len(lines)), [len(_words(line)) for line in lines])
    removed = set(line_of_word[hit].tolist())
    kept = [line for number, line in enumerate(lines) if number not in removed]
    return "\n".join(kept).strip("\n"), len(removed)


def _contained(hashes: Hashes, indexed: Hashes) -> NDArray[np.bool_]:
    """Say of each hash whether the sorted index holds it (`np.isin` would sort it every time)."""
    if not len(indexed):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(indexed, hashes), len(indexed) - 1)
    return np.equal(indexed[places], hashes)


def _words(text: str) -> list[str]:
    """Return the words that are compared: full-width letters and ligatures as plain ones."""
    return words(unicodedata.normalize("NFKC", text))


def _word_hashes(found: list[str]) -> Hashes:
    return np.fromiter((xxh3_64_intdigest(word.encode()) for word in found), np.uint64, len(found))


def _ngrams(hashes: Hashes, length: int) -> Hashes:
    """Return a hash for each run of `length` words; none if there are fewer."""
    count = max(0, len(hashes) - length + 1)
    ngrams = np.zeros(count, np.uint64)
    for i in range(length):
        ngrams = ngrams * _STEP + hashes[i : i + count]
    return ngrams
