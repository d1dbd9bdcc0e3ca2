from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.accuracy import accuracies, pass_at_k
from training.evaluation.maj_at_k import Votes, maj_at_k
from training.evaluation.types import GradedAnswer
from training.settings.evaluation import EvalSettings, Sampling


def graded(row, sample, answer, gold):
    return GradedAnswer(row, sample, f"The answer is {answer}", answer, answer == gold, True)


def equal(answer, gold):
    return answer == gold


def answers(row, gold, *samples):
    return [graded(row, number, answer, gold) for number, answer in enumerate(samples, 1)]


SETTINGS = EvalSettings(sampling=Sampling(samples=4, ks=(1, 2, 4, 8)), resamples=200)


def test_pass_and_maj_are_means_over_problems():
    rows = [*answers(3, "a", "a", "a", "b", "c"), *answers(5, "x", "y", "y", "", "x")]
    result = accuracies(rows, SETTINGS, equal)
    # pass@1: (2/4 + 1/4) / 2; pass@2: (1 - C(2,2)/6 + 1 - C(3,2)/6) / 2; pass@4: both
    assert {k: round(mean.value, 9) for k, mean in result.pass_at.items()} == {
        1: 0.375,
        2: round((5 / 6 + 1 / 2) / 2, 9),
        4: 1.0,
    }
    # maj@4: "a" has two of four votes, "x" one against two
    assert result.maj_at[4].value == 0.5
    alone = [maj_at_k(votes, [2])[0] for votes in (Votes(2, (1, 1), 0), Votes(1, (2,), 1))]
    assert result.maj_at[2].value == sum(alone) / 2
    assert result.greedy is None


def test_k_is_at_most_the_samples_that_every_problem_has():
    rows = [*answers(0, "a", "a", "b", "b", "b"), *answers(1, "a", "a", "b")]
    result = accuracies(rows, SETTINGS, equal)
    assert list(result.pass_at) == list(result.maj_at) == [1, 2]
    assert result.pass_at[1].value == (1 / 4 + 1 / 2) / 2


def test_greedy_answers_are_counted_apart_from_samples():
    rows = [graded(0, 0, "a", "a"), graded(1, 0, "b", "a"), *answers(0, "a", "b", "b")]
    result = accuracies(rows, SETTINGS, equal)
    assert result.greedy.value == 0.5
    assert 0 <= result.greedy.low < result.greedy.value < result.greedy.high <= 1
    assert list(result.pass_at) == [1, 2]
    assert result.pass_at[1].value == 0.0


def test_greedy_answers_need_no_samples():
    result = accuracies([graded(0, 0, "a", "a"), graded(1, 0, "b", "a")], SETTINGS, equal)
    assert (result.greedy.value, result.pass_at, result.maj_at) == (0.5, {}, {})


def test_wrong_answers_that_are_equal_vote_together():
    rows = answers(0, "3", "1/2", "0.5", "3", "3")
    apart = accuracies(rows, SETTINGS, equal)
    assert apart.maj_at[4].value == 1.0
    together = accuracies(rows, SETTINGS, lambda a, b: {a, b} == {"1/2", "0.5"})
    assert together.maj_at[4].value == 0.5  # two against two: half a win
    assert together.pass_at[1].value == 0.5


def test_no_answers_have_no_accuracies():
    result = accuracies([], SETTINGS, equal)
    assert (result.greedy, result.pass_at, result.maj_at) == (None, {}, {})


@pytest.mark.parametrize(
    ("samples", "correct", "k", "expected"),
    [
        (4, 2, 1, 1 / 2),
        (4, 2, 2, 5 / 6),  # of C(4,2)=6 pairs, C(2,2)=1 has no right one
        (4, 2, 3, 1.0),  # there are only two wrong ones
        (5, 1, 2, 2 / 5),  # of C(5,2)=10 pairs, C(4,2)=6 miss the right one
        (10, 3, 5, 11 / 12),  # 1 - C(7,5)/C(10,5) = 1 - 21/252
        (64, 0, 64, 0.0),
        (64, 64, 1, 1.0),
        (64, 1, 64, 1.0),
    ],
)
def test_pass_at_k_is_the_share_of_subsets_with_a_right_sample(samples, correct, k, expected):
    assert pass_at_k(samples, correct, k) == pytest.approx(expected, abs=1e-15)


@st.composite
def cases(draw):
    samples = draw(st.integers(1, 300))
    return samples, draw(st.integers(0, samples)), draw(st.integers(1, samples))


@given(cases())
def test_the_product_is_the_quotient_of_binomials(case):
    samples, correct, k = case
    exact = 1 - Fraction(comb(samples - correct, k), comb(samples, k))
    assert pass_at_k(samples, correct, k) == pytest.approx(float(exact), abs=1e-12)


def test_many_samples_neither_overflow_nor_lose_digits():
    assert pass_at_k(100_000, 1, 10_000) == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize(("samples", "correct", "k"), [(4, 2, 0), (4, 2, 5), (4, 5, 1), (4, -1, 1)])
def test_impossible_counts_are_errors(samples, correct, k):
    with pytest.raises(ValueError, match="must be between"):
        pass_at_k(samples, correct, k)
