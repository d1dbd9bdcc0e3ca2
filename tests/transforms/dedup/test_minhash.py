import random

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from transforms.dedup.minhash import (
    SKETCH_SIZE,
    minhash_bands,
    padded,
    shingle_hashes,
    signature,
    similarities,
)
from transforms.text.fingerprints import signed64


def bands(text, **options):
    return signature(text, **options).bands


def shared(first, second, **options):
    pairs = zip(bands(first, **options), bands(second, **options), strict=True)
    return sum(a == b for a, b in pairs)


def text(rng, words):
    return " ".join(f"w{rng.randrange(100_000)}" for _ in range(words))


def jaccard(first, second):
    a, b = (set(shingle_hashes(text, 5).tolist()) for text in (first, second))
    return len(a & b) / max(1, len(a | b))


def estimate(first, second):
    a, b = (padded(signature(text).sketch) for text in (first, second))
    [value] = similarities(a, b[None])
    return value


def changed(text, share, rng):
    """The text with a share of its words replaced."""
    words = text.split()
    for index in rng.sample(range(len(words)), round(share * len(words))):
        words[index] = f"new{rng.randrange(100_000)}"
    return " ".join(words)


def test_equal_words_share_every_band_whatever_is_between_them():
    assert shared("One, two; three four five SIX", "one two\nthree four five six!") == 14


def test_bands_are_the_same_on_every_machine():
    hashes = bands("the quick brown fox jumps over the lazy dog")
    assert hashes[:2] == [1536046266059955980, -6574161338660354286]


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=2000))
def test_the_values_are_those_of_datasketch(hashes):
    mixed = np.unique(np.array(hashes, np.uint32))
    oracle = MinHash(num_perm=24, seed=1, hashfunc=int, scheme="affine32")
    oracle.update_batch([_unmixed(int(value)) for value in mixed])
    expected = [
        signed64(xxh3_64_intdigest(band.astype("<u4").tobytes()))
        for band in oracle.hashvalues.reshape(3, 8)
    ]
    assert minhash_bands(mixed, 3, 8) == expected


def _unmixed(value):
    """The inverse of the finalizer of MurmurHash3, which datasketch applies itself."""
    value ^= value >> 16
    value = value * pow(0xC2B2AE35, -1, 2**32) % 2**32
    value ^= value >> 13 ^ value >> 26
    value = value * pow(0x85EBCA6B, -1, 2**32) % 2**32
    return value ^ value >> 16


@pytest.mark.parametrize(("count", "low", "high"), [(1, 0.95, 1.0), (200, 0.0, 0.01)])
def test_similar_texts_share_a_band_and_dissimilar_ones_do_not(count, low, high):
    rng = random.Random(1)
    similar = 0
    for _ in range(100):
        first = text(rng, 300)
        similar += shared(first, changed(first, count / 300, rng)) > 0
    assert low <= similar / 100 <= high


def test_chinese_is_compared_by_characters():
    sentence = "设函数在闭区间上连续则存在一点使得等式成立证明留给读者作为练习"
    assert shared(sentence, sentence + "。") == 14
    assert shared(sentence, sentence.replace("等式", "不等式"), bands=56, rows=2) > 0


def test_a_short_text_is_one_shingle_and_an_empty_one_has_no_bands():
    assert shared("two words", "two words") == 14
    assert shared("two words", "two others") == 0
    assert signature("... !") == ([], b"")


@given(st.text(max_size=200), st.integers(1, 20), st.integers(1, 10), st.integers(1, 9))
def test_there_is_one_signed_hash_for_each_band(text, number, rows, shingle):
    hashes = bands(text, bands=number, rows=rows, shingle=shingle)
    assert len(hashes) in (0, number)
    assert all(-(1 << 63) <= band < 1 << 63 for band in hashes)


def test_long_texts_are_taken_in_pieces_with_the_same_result():
    rng = random.Random(2)
    long = text(rng, 3000)
    assert shared(long, long + " end") >= 13


@given(st.text("ab ", max_size=300), st.text("ab ", max_size=300))
def test_the_similarity_of_small_sets_is_exact(first, second):
    assert len(shingle_hashes(first, 5)) < SKETCH_SIZE
    assert estimate(first, second) == estimate(second, first) == jaccard(first, second)


@pytest.mark.parametrize("words", [400, 2000, 20_000])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.1, 0.5])
def test_the_similarity_of_large_sets_is_estimated(words, share):
    rng = random.Random(words)
    first = text(rng, words)
    second = changed(first, share, rng)
    assert abs(estimate(first, second) - jaccard(first, second)) < 0.1  # three standard errors


def test_a_part_of_a_text_is_as_similar_as_it_is_long():
    rng = random.Random(3)
    whole = text(rng, 10_000)
    part = " ".join(whole.split()[:200])  # all of whose shingles are in its sketch
    assert abs(estimate(whole, part) - jaccard(whole, part)) < 0.02
