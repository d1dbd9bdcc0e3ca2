import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from transforms.decontamination.index import index_benchmarks, operators
from transforms.decontamination.normalise import hash_ngrams, tokenize

WORDS = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]


def index(*questions, solutions=(), ngram=4, short_ngram=2):
    solutions = [*solutions, *[""] * (len(questions) - len(solutions))]
    items = [
        BenchmarkItem("bench", i, question, solution)
        for i, (question, solution) in enumerate(zip(questions, solutions, strict=True))
    ]
    return index_benchmarks(items, ngram, short_ngram)


def find(benchmarks, text):
    """The n-grams of a text that are indexed: first token, texts, weight."""
    hashes = hash_ngrams(tokenize(text).hashes, benchmarks.ngram)
    ngrams, found = benchmarks.ngrams, []
    for position, number in zip(*benchmarks.find(hashes), strict=True):
        postings = slice(ngrams.first[number], ngrams.first[number + 1])
        texts = ngrams.texts[postings].tolist()
        found.append((int(position), texts, round(float(ngrams.weights[number]), 3)))
    return found


def test_hashes_of_ngrams_are_sorted_and_occur_once():
    hashes = index("a b c d e", "b c d e f", "a b c d").ngrams.hashes.tolist()
    assert len(hashes) == 3
    assert hashes == sorted(set(hashes))


def test_an_ngram_is_found_in_all_texts_that_have_it():
    benchmarks = index("one two three four five", "zero one two three four")
    assert find(benchmarks, "so one two three four five") == [
        (1, [0, 1], round(1 / np.sqrt(2), 3)),
        (2, [0], 1),
    ]


def test_ngrams_with_few_different_words_weigh_nothing():
    benchmarks = index(
        "1 2 3 4", "x y z x", "go go go go on", "two words 1 2", "three more words 1", "三角形的高"
    )
    weights = dict(zip(benchmarks.ngrams.hashes.tolist(), benchmarks.ngrams.weights, strict=True))

    def weight(text):
        return weights[int(hash_ngrams(tokenize(text).hashes, 4)[0])]

    for text in ("1 2 3 4", "x y z x", "go go go go", "go go go on", "two words 1 2", "三角形的"):
        assert weight(text) == 0
    assert weight("three more words 1") == 1


def test_characters_of_unspaced_scripts_are_parts_of_words():
    text = "三角形的高是底的两倍"
    assert index(text, ngram=5).ngrams.weights.tolist().count(1) == 5  # five make three words
    assert index(text, ngram=4).ngrams.weights.max() == 0


def test_copies_of_an_item_count_once_and_variants_each():
    same, other = " ".join(WORDS[:6]), " ".join(WORDS[:5])
    benchmarks = index(same, same, f"{other} end", solutions=["", f"{same} again and again"])
    [(_, texts, weight), *_] = find(benchmarks, same)
    assert len(texts) == 3  # the question, its solution, and the variant
    assert weight == round(1 / np.sqrt(2), 3)
    assert benchmarks.texts.names_of(0) == ["bench#0", "bench#1"]


def test_questions_below_an_ngram_are_found_whole():
    benchmarks = index("a", "a b", "a b c", "c b 1", "a b c d")
    tokens = tokenize("x a b c b 1 a b c d").hashes
    found = [
        (start, benchmarks.texts.names_of(int(benchmarks.shorts.texts[number]))[0])
        for start, number in benchmarks.find_short(tokens)
    ]
    assert sorted(found) == [
        (1, "bench#1"),
        (1, "bench#2"),
        (3, "bench#3"),
        (6, "bench#1"),
        (6, "bench#2"),
    ]


def test_short_questions_that_differ_in_signs_are_different():
    benchmarks = index("Compute 3 + 5", "Compute 3 - 5", "Compute: 3+5", ngram=10)
    numbers = [number for _, number in benchmarks.find_short(tokenize("compute 3 5").hashes)]
    found = {
        benchmarks.shorts.operators[number]: benchmarks.texts.names_of(
            int(benchmarks.shorts.texts[number])
        )
        for number in numbers
    }
    assert found == {"+": ["bench#0", "bench#2"], "-": ["bench#1"]}


def test_solutions_below_an_ngram_are_not_indexed():
    assert len(index("a b c d e", solutions=["a b"]).shorts.hashes) == 0


@pytest.mark.parametrize(
    ("question", "specific"),
    [
        ("Which statement is true?", False),
        ("Find x in it", False),
        ("Compute 2 + 2", True),
        (r"Compute $\sin \pi$", True),
        ("How many large even primes exist", True),
    ],
)
def test_a_short_question_is_specific_if_it_has_a_number_or_six_words(question, specific):
    assert index(question, ngram=10).shorts.is_specific.tolist() == [specific]


@given(st.lists(st.sampled_from(WORDS), max_size=30), st.lists(st.sampled_from(WORDS), max_size=30))
def test_exactly_the_ngrams_of_the_benchmark_are_found(question, page):
    benchmarks = index(" ".join(question), ngram=3)
    ngrams = {tuple(question[i : i + 3]) for i in range(len(question) - 2)}
    expected = [i for i in range(len(page) - 2) if tuple(page[i : i + 3]) in ngrams]
    assert [position for position, *_ in find(benchmarks, " ".join(page))] == expected


def test_nothing_is_found_in_an_index_of_no_benchmarks():
    benchmarks = index()
    assert find(benchmarks, "one two three four") == []
    assert benchmarks.find_short(tokenize("one two three four").hashes) == []


@pytest.mark.parametrize(
    ("text", "signs"),
    [("x - 3 = 5", "-="), ("x \u2212 3=5", "-="), ("three-digit", ""), ("a<b / 2!", "</!")],
)
def test_signs_of_operations_are_kept_apart_from_hyphens(text, signs):
    assert operators(text) == signs
