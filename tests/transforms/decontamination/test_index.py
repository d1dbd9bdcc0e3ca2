import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from tests.helpers.trees import tree
from transforms.decontamination.index import index_benchmarks, load_index, save_index
from transforms.decontamination.normalise import hash_ngrams, hash_words

word_lists = st.lists(st.sampled_from("abc"), max_size=12)


def index(*questions, ngram=4, short_ngram=2):
    items = [BenchmarkItem("bench", i, text, "") for i, text in enumerate(questions)]
    return index_benchmarks(items, ngram, short_ngram)


def as_lists(ngrams):
    """The hashes of an index by length, without lengths that have none."""
    return {length: hashes.tolist() for length, hashes in ngrams.by_length.items() if len(hashes)}


def test_hashes_are_sorted_and_occur_once():
    [hashes] = as_lists(index("a b c d e", "b c d e f", "a b c d")).values()
    assert len(hashes) == 3
    assert hashes == sorted(set(hashes))


def test_questions_are_indexed_by_length():
    lengths = index("a", "a b", "a b c", "c b", "a b c d", "a b c d e").by_length
    assert {length: len(hashes) for length, hashes in lengths.items()} == {2: 2, 3: 1, 4: 2}


def test_an_index_is_read_as_it_was_saved(tmp_path):
    saved, output = index("a b", "a b c d e f"), tree(tmp_path)
    assert as_lists(load_index(save_index(saved, output), output)) == as_lists(saved)


def test_an_index_that_was_replaced_is_read_again(tmp_path):
    output = tree(tmp_path)
    load_index(save_index(index("a b"), output), output)
    other = index("c d", "e f g")
    assert as_lists(load_index(save_index(other, output), output)) == as_lists(other)


def test_an_index_of_no_benchmarks_is_saved_too(tmp_path):
    output = tree(tmp_path)
    assert as_lists(load_index(save_index(index(), output), output)) == {}


@given(word_lists, st.integers(1, 5))
def test_ngrams_have_equal_hashes_where_their_words_are_equal(words, length):
    hashes = hash_ngrams(hash_words(words), length)
    ngrams = [tuple(words[i : i + length]) for i in range(max(0, len(words) - length + 1))]
    assert len(hashes) == len(ngrams)
    assert len(np.unique(hashes)) == len(set(ngrams))
