import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dedup.minhash import minhash_bands


def shared(first, second, **options):
    pairs = zip(minhash_bands(first, **options), minhash_bands(second, **options), strict=True)
    return sum(a == b for a, b in pairs)


def text(rng, words):
    return " ".join(f"w{rng.randrange(100_000)}" for _ in range(words))


def test_equal_words_share_every_band_whatever_is_between_them():
    assert shared("One, two; three four five SIX", "one two\nthree four five six!") == 14


def test_bands_are_the_same_on_every_machine():
    bands = minhash_bands("the quick brown fox jumps over the lazy dog")
    assert bands[:2] == [1536046266059955980, -6574161338660354286]


@pytest.mark.parametrize(("changed", "low", "high"), [(1, 0.95, 1.0), (200, 0.0, 0.01)])
def test_similar_texts_share_a_band_and_dissimilar_ones_do_not(changed, low, high):
    rng = random.Random(1)
    similar = 0
    for _ in range(100):
        words = text(rng, 300).split()
        other = list(words)
        for index in rng.sample(range(len(words)), changed):
            other[index] = "changed"
        similar += shared(" ".join(words), " ".join(other)) > 0
    assert low <= similar / 100 <= high


def test_chinese_is_compared_by_characters():
    sentence = "设函数在闭区间上连续则存在一点使得等式成立证明留给读者作为练习"
    assert shared(sentence, sentence + "。") == 14
    assert shared(sentence, sentence.replace("等式", "不等式"), bands=56, rows=2) > 0


def test_a_short_text_is_one_shingle_and_an_empty_one_has_no_bands():
    assert shared("two words", "two words") == 14
    assert shared("two words", "two others") == 0
    assert minhash_bands("... !") == []


@given(st.text(max_size=200), st.integers(1, 20), st.integers(1, 10), st.integers(1, 9))
def test_there_is_one_signed_hash_for_each_band(text, bands, rows, shingle):
    hashes = minhash_bands(text, bands=bands, rows=rows, shingle=shingle)
    assert len(hashes) in (0, bands)
    assert all(-(1 << 63) <= band < 1 << 63 for band in hashes)


def test_long_texts_are_taken_in_pieces_with_the_same_result():
    rng = random.Random(2)
    long = text(rng, 3000)
    assert shared(long, long + " end") >= 13
