"""Remove the lines of a page that contain benchmark text."""

import numpy as np
from numpy.typing import NDArray

from transforms.decontamination.index import NgramIndex
from transforms.decontamination.normalise import (
    Hashes,
    hash_ngrams,
    hash_words,
    normalised_words,
)


def remove_contaminated(text: str, index: NgramIndex) -> tuple[str, int]:
    """Return `text` without the lines that share an indexed n-gram, and the number of those lines.

    An n-gram that spans several lines removes all of them.
    """
    hashes = hash_words(normalised_words(text))
    contaminated = np.zeros(len(hashes), bool)  # by word
    for length, indexed in index.by_length.items():
        for start in np.flatnonzero(_is_indexed(hash_ngrams(hashes, length), indexed)):
            contaminated[start : start + length] = True
    if not contaminated.any():
        return text, 0
    lines = text.split("\n")
    line_of_word = np.repeat(np.arange(len(lines)), [len(normalised_words(line)) for line in lines])
    removed = set(line_of_word[contaminated].tolist())
    kept = [line for number, line in enumerate(lines) if number not in removed]
    return "\n".join(kept).strip("\n"), len(removed)


def _is_indexed(hashes: Hashes, indexed: Hashes) -> NDArray[np.bool_]:
    """Return for each hash whether the sorted index holds it.

    Binary search: `np.isin` would sort the index at every call.
    """
    if not len(indexed):
        return np.zeros(len(hashes), np.bool_)
    positions = np.minimum(np.searchsorted(indexed, hashes), len(indexed) - 1)
    return np.equal(indexed[positions], hashes)
