import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewards.equations import grade_equations

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
def test_what_may_be_a_part_of_more_or_computes_nothing_is_not_judged(text):
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
    assert time.process_time() - start < 1


@given(st.integers(-99, 999), st.integers(0, 999), st.sampled_from("+-*"), st.integers(-3, 3))
def test_sums_are_right_if_they_are(one, other, sign, error):
    value = {"+": one + other, "-": one - other, "*": one * other}[sign]
    for text in (f"{one}{sign}{other}={value + error}", f"{one} {sign} {other} = {value + error}."):
        assert grade_equations(text) == float(not error)


@given(st.text("12 +-*/=().,%x$\\{}<>", max_size=60))
def test_no_text_is_an_error(text):
    assert grade_equations(text) in (None, 0.0, 1.0)
