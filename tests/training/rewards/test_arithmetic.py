from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewards.arithmetic import read_arithmetic


def read(text):
    return read_arithmetic(text.split())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("( 2 + 3 ) * 4", 20),
        ("8 / 4 / 2", 1),
        ("8 - 4 - 2", 2),
        ("- 2 ^ 2", -4),
        ("2 ^ - 1", Fraction(1, 2)),
        ("2 ^ 3 ^ 2", 512),
        ("3 - - 3", 6),
        ("1,234.5 * 2", 2469),
        (".1 + .2", Fraction(3, 10)),
        ("50 % * 30", 15),
        ("\\frac { 1 + 2 } { 4 } * 4", 3),
        ("2 ^ { 3 }", 8),
    ],
)
def test_values_are_exact(text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "3 +",
        "+ 3",
        "3 4",
        "( 3",
        "3 )",
        "\\frac { 1 } 2",
        "\\frac 1 2",
        "( 3 }",
        "1 / 0",
        "1 / ( 2 - 2 )",
        "0 ^ - 1",
        "4 ^ ( 1 / 2 )",
        "9 ^ 9 ^ 9 ^ 9",
        "2 ^ 9999999999999999999",
        "( " * 40 + "1" + " )" * 40,
        "- " * 40 + "1",
        "1" + " + 1" * 200,
        "x",
    ],
)
def test_what_is_no_expression_or_too_large_has_no_value(text):
    assert read(text) is None


numbers = st.integers(0, 99).map(lambda n: ([str(n)], Fraction(n)))


def joined(pair):
    (one, value), sign, (other, same) = pair
    if sign == "/" and not same:
        sign = "+"
    total = {
        "+": value + same,
        "-": value - same,
        "*": value * same,
        "/": value / same if same else 0,
    }[sign]
    return ["(", *one, ")", sign, "(", *other, ")"], Fraction(total)


trees = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(joined),
    max_leaves=8,
)


@given(trees)
def test_any_tree_of_operations_has_the_value_of_fractions(tree):
    signs, value = tree
    assert read_arithmetic(signs) == value
    assert read_arithmetic(["-", "(", *signs, ")"]) == -value


@given(st.lists(st.sampled_from([*"+-*/^%(){}", "\\frac", "7", "0", "2.5"]), max_size=30))
def test_no_row_of_signs_is_an_error(signs):
    value = read_arithmetic(signs)
    assert value is None or isinstance(value, Fraction)
