"""Compute MinHash bands: hashes that near-duplicate pages share."""

from functools import cache
from zlib import crc32

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from transforms.text.fingerprints import signed64
from transforms.text.words import words

_BATCH = 1024  # shingles permuted at a time: bounds memory at 1024 * hashes * 4 bytes
_STEP = np.uint32(0x9E3779B1)  # odd, so that every word of a shingle counts; 2^32 / golden ratio


def minhash_bands(text: str, *, bands: int = 14, rows: int = 8, shingle: int = 5) -> list[int]:
    """Return one signed 64-bit hash for each band of `rows` MinHash values.

    Two pages whose sets of `shingle` consecutive words (see `words`) have Jaccard similarity s
    share at least one band with probability 1 - (1 - s^rows)^bands. The defaults are
    FineWeb's: 112 hashes, .5 at s = .69 and .92 at s = .8. A text of fewer words is one shingle,
    and an empty one has no bands.
    """
    sketch = _permutations(bands * rows).copy()
    shingles = _shingle_hashes(text, shingle).tolist()
    if not shingles:
        return []
    for start in range(0, len(shingles), _BATCH):
        sketch.update_batch(shingles[start : start + _BATCH])
    values = sketch.hashvalues.astype("<u4").reshape(bands, rows)
    return [signed64(xxh3_64_intdigest(band.tobytes())) for band in values]


@cache
def _permutations(hashes: int) -> MinHash:
    return MinHash(num_perm=hashes, seed=1, hashfunc=int, scheme="affine32")


def _shingle_hashes(text: str, size: int) -> NDArray[np.uint32]:
    """Return a 32-bit hash for each run of `size` words."""
    tokens = words(text)
    hash_of = {word: crc32(word.encode()) for word in set(tokens)}  # most words recur
    hashes = np.fromiter(map(hash_of.__getitem__, tokens), np.uint32, len(tokens))
    size = min(size, len(hashes))
    count = len(hashes) - size + 1 if size else 0
    shingles = np.zeros(count, np.uint32)
    for i in range(size):
        shingles = shingles * _STEP + hashes[i : i + count]
    return shingles
