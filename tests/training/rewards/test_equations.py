import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewards.equations import grade_equations, read_arithmetic

RIGHT = [
    "48/2 = 24",
    "She sold 48/2 = <<48/2=24>>24 clips, so 48 + 24 = 72.",
    "3 + 4 = 7 apples",
    "3 + 4 = 7 = 14/2",
    "10/3 = 3.33",
    "20/50 * 100 = 40%",
    "20/50 = 40%",
    "50% * 30 = 15",
    "$3 \\times 4 = 12$",
    "\\frac{1}{2} \\times 6 = 3",
    "\\boxed{3+4=7}",
    "(3+4=7)",
    "3x4=12",
    "3 x 4 x 2 = 24",
    "(3)(4) = 12",
    "2(3+4) = 14",
    "2^{3} = 8",
    "2^3 = 8",
    "2**3 = 8",
    "1,200 + 300 = 1,500",
    "$1,200 + $300 = $1,500",
    "48\xf72=24\uff08\u4e2a\uff09",
    "Total: 3 + 4 = 7",
    "12 - -3 = 15",
    "-3 + 5 = 2",
    "2*3=6.",
    "2*3=6, 5*2=10",
    "so 2*3=6; then 6 - 1 = 5",
    "7+5=12. 1+2+1=4. \\boxed{42}",
    "0.5*4 = 2.0",
    "$\\frac{3}{4} = 0.75$",
    "100 - 20\\% \\times 100 = 80",
    "\\left(3+4\\right) \\cdot 2 = 14",
    "3 + 4 = 5 + 2 + 0",
    "= 3 + 4 = 7",
    "First 2*3=6 and 3+4=7.",
    "9/27 * 100% = 33.333%",
    "(so it is 3 + 4 = 7 (apples))",
    "3 + 4 == 7",
    "\\(3+4\\) = 7",
]
WRONG = [
    "48/2 = 25",
    "She sold 48/2 = <<48/2=24>>24 clips, so 48 + 24 = 73.",
    "<<48/2=25>>",
    "3 + 4 = 8 apples",
    "3 + 4 = 7 = 15/2",
    "10/3 = 3.34",
    "10/3 = 3",
    "\\frac{1}{2} \\times 6 = 4",
    "(3+4=8)",
    "48\xf72=23\uff08\u4e2a\uff09",
    "2*3=6, 5*2=11",
]
NOT_JUDGED = [
    "The answer is 5.",
    "x = 5",
    "2x = 10",
    "5 = 5",
    "3 apples + 4 = 7",
    "5 times 4 = 20",
    "24 = 4 times 6",
    "= 3",
    "7 = 3.5 half",
    "20% of 50 = 10",
    "f(2+1) = 3",
    "\\sin(30+1) = 0.5",
    "\\sqrt{16} + 2 = 6",
    "17 / 5 = 3 remainder 2",
    "2 + 3 = 5 million",
    "9^9^9^9 = 3",
    "2x + 3 = 7",
    "a + 3 = 7",
    "3 + 4 = 7x",
    "3 + 4 = 7k",
    "2 + 3 != 5",
    "2 + 3 <= 5",
    "5 1/2 = 5.5",
    "5! = 120 + 1 x",
    "1/0 = 3",
    "3+4 =",
    "3 + = 7",
    "the ratio 2:3 = 4/6",
    "1010_2 = 8+2",
    "x^2 = 3 + 1",
    "3 + 4 = 5 + x",
    "3/4 cups = 6/8 gallons",
    "the sum of 3 and 4 = 3+4",
    "so twice 5 = 2*5",
    "\u221a(144) = 10+2",
    "$1 / 2 = 50 cents",
    "a = b = c",
    "7 = 3 + 4(x+1)",
    "16,0000/10=1600",
    "3 + 4 => 7",
    "\\frac12 + 1 = 3",
    "3 + 4 = |7|",
    "2(x+1) + 3 = 5",
    "3 + 4 =\n",
]


@pytest.mark.parametrize("text", RIGHT)
def test_a_step_whose_equalities_hold_earns_one(text):
    assert grade_equations(text) == 1.0


@pytest.mark.parametrize("text", WRONG)
def test_a_step_with_an_equality_that_does_not_hold_earns_nothing(text):
    assert grade_equations(text) == 0.0


@pytest.mark.parametrize("text", NOT_JUDGED)
def test_what_may_be_part_of_more_or_computes_nothing_is_not_judged(text):
    assert grade_equations(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "9^9^9^9 = 3+" * 2000,
        "(" * 20_000,
        "1+" * 10_000 + "1 = 3",
        "1=" * 10_000,
        "1," * 10_000 + "1+1=2",
        "9" * 20_000 + "+1=3",
        "<<" * 10_000,
        "\\frac{" * 4000,
        "x" * 20_000,
        "{" * 100 + "3+4" + "}" * 100 + " = 7",
    ],
)
def test_nothing_costs_more_than_its_length(text):
    start = time.process_time()
    grade_equations(text)
    assert time.process_time() - start < 5


@given(st.integers(-99, 999), st.integers(0, 999), st.sampled_from("+-*"), st.integers(-3, 3))
def test_an_equality_holds_if_its_sides_are_equal(left, right, sign, error):
    value = {"+": left + right, "-": left - right, "*": left * right}[sign] + error
    for text in (f"{left}{sign}{right}={value}", f"{left} {sign} {right} = {value}."):
        assert grade_equations(text) == float(not error)


@given(st.text("12 +-*/=().,%x$\\{}<>", max_size=60))
def test_no_text_is_an_error(text):
    assert grade_equations(text) in (None, 0.0, 1.0)


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
        "3 ( 4 )",
        "2 ^ ( 3 ) ^ 2",
        "( " * 40 + "1" + " )" * 40,
        "- " * 40 + "1",
        "1" + " + 1" * 200,
        "x",
    ],
)
def test_what_is_not_an_expression_or_is_too_large_has_no_value(text):
    assert read(text) is None


numbers = st.integers(0, 99).map(lambda n: ([str(n)], Fraction(n)))


def joined(operation):
    (left, left_value), operator, (right, right_value) = operation
    if operator == "/" and not right_value:
        operator = "+"
    value = {
        "+": left_value + right_value,
        "-": left_value - right_value,
        "*": left_value * right_value,
        "/": left_value / right_value if right_value else 0,
    }[operator]
    return ["(", *left, ")", operator, "(", *right, ")"], Fraction(value)


trees = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(joined),
    max_leaves=8,
)


@given(trees)
def test_any_tree_of_operations_has_the_value_of_fractions(tree):
    tokens, value = tree
    assert read_arithmetic(tokens) == value
    assert read_arithmetic(["-", "(", *tokens, ")"]) == -value


@given(st.lists(st.sampled_from([*"+-*/^%(){}", "\\frac", "7", "0", "2.5"]), max_size=30))
def test_no_row_of_tokens_is_an_error(tokens):
    value = read_arithmetic(tokens)
    assert value is None or isinstance(value, Fraction)
