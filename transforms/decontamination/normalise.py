"""Normalise texts to words, and hash words and n-grams of words."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from transforms.text.words import words

Hashes = NDArray[np.uint64]
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that every word of an n-gram counts


def normalised_words(text: str) -> list[str]:
    """Return the words to compare: lower case, full-width letters and ligatures as plain letters.

    >>> normalised_words("Find ﬁve: X")
    ['find', 'five', 'x']
    """
    return words(unicodedata.normalize("NFKC", text))


def hash_words(words: Sequence[str]) -> Hashes:
    """Return XXH3-64 of each word."""
    return np.fromiter((xxh3_64_intdigest(word.encode()) for word in words), np.uint64, len(words))


def hash_ngrams(word_hashes: Hashes, length: int) -> Hashes:
    """Return a hash of each run of `length` words, in order; none if there are fewer words."""
    count = max(0, len(word_hashes) - length + 1)
    ngrams = np.zeros(count, np.uint64)
    for i in range(length):
        ngrams = ngrams * _MULTIPLIER + word_hashes[i : i + count]
    return ngrams
