from fractions import Fraction

import pytest

from training.verifier.compare import equal_values
from training.verifier.read import read_answer
from training.verifier.values import Formula, Items, Matrix, Named, Number, Piece, Region


class Algebra:
    """Takes formulas for equal if they have the same letters in any order, and counts its calls."""

    def __init__(self):
        self.pairs = []

    def __call__(self, gold, answer):
        self.pairs.append((gold, answer))
        return sorted(gold) == sorted(answer)


def equal(gold, answer):
    return any(
        equal_values(value, other, Algebra())
        for value in read_answer(gold)
        for other in read_answer(answer)
    )


def number(text, unit=""):
    return Number(Fraction(text), text, unit)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("5", "5.0"),
        ("5", r"5\text{ cm}"),
        (r"5\text{ cm}", "5"),
        (r"5\text{ apples}", r"5\text{ cm}"),
        (r"5\text{ cm}", r"5\text{ apples}"),
        (r"50\%", "50"),
        (r"50\%", "0.5"),
        ("50", r"50\%"),
        ("0.5", r"50\%"),
        ("1", r"1\%"),
        ("-1", r"-1\%"),
        (r"0.5\%", "0.5"),
        (r"\frac{1}{3}", "0.333333333333333"),
        (r"\frac{1}{3}", "0.3333333333333333"),
        (r"\frac{1}{3}", "0.33333333333333333"),
        (r"-\frac{1}{30}", "-0.0333333333333333"),
        (r"\frac{40}{3}", "13.3333333333333"),
        ("x=5", "5"),
        ("5", "y=5"),
        (r"\{5\}", "5"),
        ("5", r"\{5\}"),
        ("(1,2)", "1,2"),
        ("1,2", "(1,2)"),
        (r"\{1,2\}", "2,1"),
        ("1,2", "2,1"),
        ("1,1,2", "2,1"),
        ("ab,cd", "dc,ba"),
        ("x=1,y=2", "y=2,x=1"),
        ("x=1,y=2", "1,2"),
        ("1:2", "1:2"),
        ("(ab,3)", "(ba,3)"),
        ("[ab,3)", "[ba,3)"),
        (r"(1,2)\cup(3,ab)", r"(3,ba)\cup(1,2)"),
        ("(\\frac{1}{2},ab)", "(0.5,ba)"),
    ],
)
def test_values_are_equal(gold, answer):
    assert equal(gold, answer)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"5\text{ cm}", r"5\text{ mm}"),
        (r"ab\text{ cm}", r"ba\text{ mm}"),
        (r"5\%", r"5\text{ cm}"),
        (r"5\text{ cm}", r"500\%"),
        (r"50\%", r"0.5\%"),
        ("0.5", r"0.5\%"),
        (r"50\%", "5"),
        ("5", r"50\%"),
        (r"\frac{1}{3}", "0.33333333333333"),
        (r"\frac{1}{3}", "0.333333333333333333"),
        (r"\frac{1}{3}", "0.333333333333332"),
        (r"\frac{1}{8}", "0.0000000000000001"),
        ("123456789012345.5", "123456789012345"),
        ("0.000000000000001", "0.000000000000000"),
        ("(1,2)", "2,1"),
        ("(1,2)", r"\{1,2\}"),
        ("(1,2)", "(1,2,3)"),
        ("1,2", "1,2,3"),
        ("1,1", "1"),
        (r"\{5\}", "5,5"),
        ("1", "0.999999999999999"),
        ("x=1,y=2", "x=1,y=3"),
        (r"\{1,2\}", "1"),
        ("ab,cd", "ab,ce"),
        ("x=1,y=2", "x=2,y=1"),
        ("x=1,y=2", "2,1"),
        ("1:2", "(1,2)"),
        ("1:2", "2:4"),
        ("(1,2)", "[1,2)"),
        ("(1,2)", "(1,2]"),
        ("[1,ab)", "[2,ba)"),
        ("x<2", "x<3"),
        ("x>2", "x<2"),
        (r"x\ne 2", "x<2"),
        ("A", "B"),
        ("A", "5"),
    ],
)
def test_values_are_different(gold, answer):
    assert not equal(gold, answer)


def test_a_percentage_of_one_or_more_may_leave_out_its_sign():
    for value, is_equal in (("1", True), ("0.99", False), ("-1", True), ("-0.99", False)):
        assert equal_values(number(value), number(value, "%"), Algebra()) == is_equal


def test_rows_of_matrices_are_compared_in_order_and_have_one_shape():
    first, second = number("1"), number("2")
    wide, tall = Matrix(((first, second),)), Matrix(((first,), (second,)))
    assert equal_values(wide, Matrix(((number("1.0"), second),)), Algebra())
    assert not equal_values(wide, Matrix(((second, first),)), Algebra())
    assert not equal_values(wide, tall, Algebra())
    assert not equal_values(tall, Matrix(((first,), (second,), (first,))), Algebra())


def test_names_must_be_unique_to_compare_by_name():
    first, second = number("1"), number("2")
    gold = Items("list", (Named("x", first), Named("x", second)))
    assert equal_values(gold, Items("list", (Named("x", second), Named("x", first))), Algebra())
    mixed = Items("list", (Named("x", first), second))
    assert equal_values(mixed, Items("list", (second, first)), Algebra())


def test_items_that_are_equal_without_algebra_are_matched_first():
    gold = Items("list", (Formula("ab"), Formula("cd"), number("7")))
    algebra = Algebra()
    assert equal_values(gold, Items("list", (number("7.0"), Formula("cd"), Formula("ba"))), algebra)
    assert algebra.pairs == [("ab", "ba")]


@pytest.mark.parametrize(("count", "is_equal"), [(8, True), (9, False)])
def test_algebra_matches_at_most_eight_unordered_items(count, is_equal):
    golds = tuple(Formula(f"a{n}") for n in range(count))
    answers = tuple(Formula(f"{n}a") for n in range(count))
    algebra = Algebra()
    result = equal_values(Items("set", golds), Items("set", answers), algebra)
    assert result == is_equal
    assert bool(algebra.pairs) == is_equal


def test_units_of_lists_must_agree():
    values = (number("1"), number("2"))
    cm, mm = Items("list", values, "cm"), Items("list", values[::-1], "mm")
    assert not equal_values(cm, mm, Algebra())
    assert equal_values(cm, Items("list", values[::-1]), Algebra())


def test_ends_of_intervals_are_compared_by_algebra_only_where_one_is_a_formula():
    half = Fraction(1, 2)
    algebra = Algebra()
    gold = Region((Piece(half, True, "ab", False),))
    assert equal_values(gold, Region((Piece(half, True, "ba", False),)), algebra)
    assert algebra.pairs == [("ab", "ba")]
    assert not equal_values(gold, Region((Piece(Fraction(1, 3), True, "ba", False),)), algebra)
    assert not equal_values(gold, Region((Piece(None, False, "ba", False),)), algebra)
    assert not equal_values(gold, Region((Piece(half, True, None, False),)), algebra)
    assert algebra.pairs == [("ab", "ba")]
    algebra = Algebra()
    equal_values(gold, Region((Piece("ab", True, half, False),)), algebra)
    assert algebra.pairs == [(r"\frac{1}{2}", "ab")]


def test_each_piece_of_a_region_is_matched_once():
    third = Fraction(1, 3)
    gold = Region((Piece("ab", True, third, False), Piece("ba", True, third, False)))
    other = Region((Piece("ab", True, third, False), Piece(third, True, None, False)))
    assert equal_values(gold, Region(gold.pieces[::-1]), Algebra())
    assert not equal_values(gold, other, Algebra())
