from fractions import Fraction

from training.answer_votes import Votes, count_votes


def same_number(answer, gold):
    return Fraction(answer) == Fraction(gold)


def test_equal_answers_are_one_class_whatever_their_spelling():
    answers = ["1/2", "0.5", "3", "3.0", "6/2", "4", "0.50"]
    assert count_votes(answers, "2/4", same_number) == Votes(3, (3, 1), 0)


def test_a_sample_without_an_answer_abstains():
    assert count_votes(["", "1", ""], "1", same_number) == Votes(1, (), 2)


def test_what_is_spelt_alike_is_equal_and_asks_nobody():
    assert count_votes(["x", "x", "y"], "x", lambda *_: False) == Votes(2, (1,), 0)


def test_each_spelling_is_compared_once_with_each_class():
    asked = []

    def is_equal(answer, gold):
        asked.append((answer, gold))
        return answer == gold

    assert count_votes(["7"] * 40 + ["8"] * 24, "9", is_equal) == Votes(0, (40, 24), 0)
    assert asked == [("7", "9"), ("8", "9"), ("8", "7")]


def test_no_sample_no_vote():
    assert count_votes([], "1", same_number) == Votes(0, (), 0)
