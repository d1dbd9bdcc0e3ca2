"""Compute MinHash bands, which near-duplicates share, and sketches, which tell their similarity.

Both describe a page's set of shingles: its runs of consecutive words.
"""

from functools import cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from transforms.text.fingerprints import signed64
from transforms.text.words import words

Hashes = NDArray[np.uint32]

SKETCH_SIZE = 256  # of the smallest hashes of a page: 1 kB; a standard error of .03 at .7
PADDING = np.uint32(2**32 - 1)  # never a hash in a sketch
_BATCH = 1024  # shingles permuted at a time: bounds memory at 1024 * hashes * 4 bytes
_STEP = np.uint32(0x9E3779B1)  # odd, so that every word of a shingle counts; 2^32 / golden ratio


class Signature(NamedTuple):
    """What a page is compared by: see `minhash_bands` and `bottom_sketch`."""

    bands: list[int]
    sketch: bytes


def signature(text: str, *, bands: int = 14, rows: int = 8, shingle: int = 5) -> Signature:
    """Return the bands and the sketch of a text: those of its runs of `shingle` words."""
    hashes = shingle_hashes(text, shingle)
    return Signature(minhash_bands(hashes, bands, rows), bottom_sketch(hashes))


def shingle_hashes(text: str, size: int) -> Hashes:
    """Return the different hashes of the runs of `size` words (see `words`), sorted.

    A text of fewer words is one run. Characters of scripts without spaces are words.
    """
    tokens = words(text)
    hashes = np.fromiter(map(crc32, map(str.encode, tokens)), np.uint32, len(tokens))
    size = min(size, len(hashes))
    count = len(hashes) - size + 1 if size else 0
    shingles = np.zeros(count, np.uint32)
    for i in range(size):
        shingles = shingles * _STEP + hashes[i : i + count]
    shingles = np.sort(_mix(shingles))
    is_first = np.ones(count, bool)
    np.not_equal(shingles[1:], shingles[:-1], out=is_first[1:])
    distinct: Hashes = shingles[is_first & (shingles != PADDING)]
    return distinct  # as np.unique would, in a tenth of its time


def minhash_bands(hashes: Hashes, bands: int = 14, rows: int = 8) -> list[int]:
    """Return one signed 64-bit hash for each band of `rows` MinHash values.

    Two pages whose sets of shingles have Jaccard similarity s share at least one band with
    probability 1 - (1 - s^rows)^bands. The defaults are FineWeb's: 112 values, .5 at s = .69 and
    .92 at s = .8. An empty set has no bands. The values are those of datasketch's scheme affine32.
    """
    if not len(hashes):
        return []
    multipliers, offsets = _permutations(bands * rows)
    values = np.full(bands * rows, np.iinfo(np.uint32).max, np.uint32)
    for start in range(0, len(hashes), _BATCH):
        permuted = np.multiply.outer(multipliers, hashes[start : start + _BATCH])
        permuted += offsets[:, None]
        np.minimum(values, permuted.min(axis=1), out=values)
    of_bands = values.astype("<u4").reshape(bands, rows)
    return [signed64(xxh3_64_intdigest(band.tobytes())) for band in of_bands]


def probability_found(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that two pages of a Jaccard similarity share at least one band.

    >>> [round(probability_found(s, bands=14, rows=8), 2) for s in (0.5, 0.69, 0.8)]
    [0.05, 0.52, 0.92]
    """
    return float(1 - (1 - similarity**rows) ** bands)


def bottom_sketch(hashes: Hashes) -> bytes:
    """Return the SKETCH_SIZE smallest of sorted hashes, little-endian: a bottom-k sketch."""
    return hashes[:SKETCH_SIZE].astype("<u4").tobytes()


def padded(sketch: bytes) -> Hashes:
    """Return a sketch as SKETCH_SIZE numbers; those after its end are PADDING."""
    row = np.full(SKETCH_SIZE, PADDING, np.uint32)
    values = np.frombuffer(sketch, "<u4")
    row[: len(values)] = values
    return row


def similarities(sketch: Hashes, others: Hashes) -> NDArray[np.float64]:
    """Estimate the Jaccard similarity of a page to others, from padded sketches.

    `others` has one sketch a row. All hashes of two sets up to the smaller of the ends of their
    sketches are known; the estimate is the Jaccard similarity of those (Cohen and Kaplan,
    "Summarizing data using bottom-k sketches", 2007). It is exact for sets of fewer than
    SKETCH_SIZE shingles, and 0 for an empty one.
    """
    end = np.minimum(_end(sketch), _end(others))
    known = others <= end[:, None]
    position = np.searchsorted(sketch, others)
    common = (sketch[np.minimum(position, SKETCH_SIZE - 1)] == others) & known
    both = common.sum(axis=1)
    either = known.sum(axis=1) + np.searchsorted(sketch, end, side="right") - both
    estimates: NDArray[np.float64] = both / np.maximum(either, 1)
    return estimates


def _end(sketches: Hashes) -> Hashes:
    """Return the hash up to which each sketch has all of its set."""
    return np.minimum(sketches[..., -1], PADDING - np.uint32(1))


def _mix(hashes: Hashes) -> Hashes:
    """Return the hashes after the finalizer of MurmurHash3, in which every bit depends on all."""
    mixed = hashes ^ (hashes >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


@cache
def _permutations(hashes: int) -> tuple[Hashes, Hashes]:
    """Return the multipliers, which are odd, and the offsets of as many permutations."""
    multipliers, offsets = MinHash(
        num_perm=hashes, seed=1, hashfunc=int, scheme="affine32"
    ).permutations
    return np.ascontiguousarray(multipliers), np.ascontiguousarray(offsets)
