import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from transforms.decontamination.normalise import hash_ngrams, hash_words, normalised_words

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=12)


def test_words_are_compared_without_case_and_width():
    assert normalised_words("Ｆｉｎｄ ﬁve: X") == ["find", "five", "x"]


def test_a_word_is_hashed_by_xxh3():
    words = ["so", "ß"]
    assert hash_words(words).tolist() == [xxh3_64_intdigest(word.encode()) for word in words]
    assert hash_words([]).dtype == np.uint64


@given(hashes=HASHES, length=st.integers(1, 12))
def test_the_hash_of_an_ngram_is_a_polynomial_of_its_words_modulo_2_to_64(hashes, length):
    expected = []
    for start in range(len(hashes) - length + 1):
        value = 0
        for word in hashes[start : start + length]:
            value = (value * 0x9E3779B97F4A7C15 + word) % 2**64
        expected.append(value)
    assert hash_ngrams(np.array(hashes, np.uint64), length).tolist() == expected


@pytest.mark.parametrize(("words", "count"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2)])
def test_there_are_no_ngrams_of_fewer_words(words, count):
    assert len(hash_ngrams(np.ones(words, np.uint64), 3)) == count
