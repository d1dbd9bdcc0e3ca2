from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.maj_at_k import Votes, count_votes, maj_at_k


def same_number(answer, other):
    return Fraction(answer) == Fraction(other)


def test_equal_answers_are_one_class_whatever_their_spelling():
    answers = ["1/2", "0.5", "3", "3.0", "6/2", "4", "0.50"]
    right = [answer in ("1/2", "0.5", "0.50") for answer in answers]
    assert count_votes(answers, right, same_number) == Votes(3, (3, 1), 0)


def test_a_sample_without_an_answer_abstains():
    assert count_votes(["", "1", ""], [False, True, False], same_number) == Votes(1, (), 2)


def test_each_spelling_of_a_wrong_answer_is_compared_once_with_each_class():
    comparisons = []

    def is_equal(answer, other):
        comparisons.append((answer, other))
        return answer == other

    answers = ["7"] * 40 + ["8"] * 20 + ["9"] * 4
    right = [False] * 60 + [True] * 4
    assert count_votes(answers, right, is_equal) == Votes(4, (40, 20), 0)
    assert comparisons == [("8", "7")]


def test_no_sample_no_vote():
    assert count_votes([], [], same_number) == Votes(0, (), 0)


def test_each_answer_has_a_verdict():
    with pytest.raises(ValueError, match="shorter"):
        count_votes(["1", "2"], [True], same_number)


def by_hand(votes, k):
    """All subsets one by one; right is 0, the wrong answers are 1, 2, ..., None abstains."""
    samples = [0] * votes.correct + [None] * votes.abstaining
    for answer, count in enumerate(votes.wrong, 1):
        samples += [answer] * count
    won = 0.0
    for subset in combinations(samples, k):
        counts = Counter(answer for answer in subset if answer is not None)
        best = max(counts.values(), default=0)
        winners = [answer for answer, count in counts.items() if count == best]
        won += 1 / len(winners) if 0 in winners else 0
    return won / comb(len(samples), k)


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        # a a b: alone 2/3; pairs aa, ab, ab, of which a tie is half: (1 + 1/2 + 1/2) / 3
        (Votes(2, (1,), 0), [2 / 3, 2 / 3, 1.0]),
        # a b b: the majority is wrong
        (Votes(1, (2,), 0), [1 / 3, 1 / 3, 0.0]),
        # a b c: always a tie of all
        (Votes(1, (1, 1), 0), [1 / 3, 1 / 3, 1 / 3]),
        # a - -: who abstains has no vote; pairs a-, a-, --
        (Votes(1, (), 2), [1 / 3, 2 / 3, 1.0]),
        (Votes(0, (), 3), [0.0, 0.0, 0.0]),
        (Votes(3, (), 0), [1.0, 1.0, 1.0]),
    ],
)
def test_maj_at_k_worked_out_by_hand(votes, expected):
    assert maj_at_k(votes, [1, 2, 3]) == pytest.approx(expected)


@given(
    st.integers(0, 4),
    st.lists(st.integers(1, 3), max_size=3).map(tuple),
    st.integers(0, 3),
)
def test_it_is_the_mean_over_all_subsets(correct, wrong, abstaining):
    votes = Votes(correct, wrong, abstaining)
    ks = list(range(1, votes.samples + 1))
    if ks:
        assert maj_at_k(votes, ks) == pytest.approx([by_hand(votes, k) for k in ks])


@given(st.integers(0, 40), st.lists(st.integers(1, 8), max_size=8).map(tuple))
def test_one_vote_is_the_share_of_right_samples_and_so_are_two(correct, wrong):
    votes = Votes(correct, wrong, 0)
    if votes.samples >= 2:
        one, two = maj_at_k(votes, [1, 2])
        assert one == pytest.approx(correct / votes.samples)
        assert two == pytest.approx(one)


@given(st.permutations([5, 4, 3, 3, 2, 1]))
def test_the_order_of_the_answers_does_not_matter(wrong):
    votes = Votes(6, tuple(wrong), 2)
    assert maj_at_k(votes, [4, 9]) == maj_at_k(Votes(6, (5, 4, 3, 3, 2, 1), 2), [4, 9])


def test_the_curve_of_sixty_four_samples_rises_to_certainty():
    curve = maj_at_k(Votes(20, (15, 9, 5, 3, *[1] * 10), 2), [1, 2, 4, 8, 16, 32, 64])
    assert curve == sorted(curve)
    assert curve[0] == pytest.approx(20 / 64)
    assert curve[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("ks", [[0], [4], [1, 4], []])
def test_more_votes_than_samples_are_an_error(ks):
    with pytest.raises(ValueError, match="between 1 and the 3 samples"):
        maj_at_k(Votes(1, (1,), 1), ks)
