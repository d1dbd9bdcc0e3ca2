from fractions import Fraction

import pytest

from training.evaluation.maj_at_k import Votes, count_votes


def same_number(answer, other):
    return Fraction(answer) == Fraction(other)


def test_equal_answers_are_one_class_whatever_their_spelling():
    answers = ["1/2", "0.5", "3", "3.0", "6/2", "4", "0.50"]
    right = [answer in ("1/2", "0.5", "0.50") for answer in answers]
    assert count_votes(answers, right, same_number) == Votes(3, (3, 1), 0)


def test_a_sample_without_an_answer_abstains():
    assert count_votes(["", "1", ""], [False, True, False], same_number) == Votes(1, (), 2)


def test_each_spelling_of_a_wrong_answer_is_compared_once_with_each_class():
    asked = []

    def is_equal(answer, other):
        asked.append((answer, other))
        return answer == other

    answers = ["7"] * 40 + ["8"] * 20 + ["9"] * 4
    right = [False] * 60 + [True] * 4
    assert count_votes(answers, right, is_equal) == Votes(4, (40, 20), 0)
    assert asked == [("8", "7")]


def test_no_sample_no_vote():
    assert count_votes([], [], same_number) == Votes(0, (), 0)


def test_each_answer_has_a_verdict():
    with pytest.raises(ValueError, match="shorter"):
        count_votes(["1", "2"], [True], same_number)
