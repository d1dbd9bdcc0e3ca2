from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.verifier.numbers import exact_number

fractions = st.fractions(min_value=-1000, max_value=1000, max_denominator=60)


@pytest.mark.parametrize(
    ("latex", "number"),
    [
        ("-12", -12),
        ("007", 7),
        (".25", Fraction(1, 4)),
        ("1,234,567.5", Fraction(2469135, 2)),
        ("3 420", 3420),
        (r"\frac{5}{-20}", Fraction(-1, 4)),
        (r"-4\frac{1}{3}", Fraction(-13, 3)),
        ("4 1/3", Fraction(13, 3)),
        (r"4\frac{7}{3}", Fraction(28, 3)),
        (r"2.5\times10^{-3}", Fraction(1, 400)),
        ("6e-2", Fraction(3, 50)),
        ("-3^{2}", -9),
        ("(2+3)(4-1)/2", Fraction(15, 2)),
        (r"\sqrt{\frac{9}{16}}", Fraction(3, 4)),
        (r"\sqrt[3]{27}", 3),
        (r"\binom{6}{2}+4!", 39),
    ],
)
def test_rational_arithmetic_is_exact(latex, number):
    assert exact_number(latex) == number


@pytest.mark.parametrize(
    "latex",
    ["", "x", "2x", "1,2", "1 2", "1/0", "0^{0}", r"\sqrt{2}", r"\sqrt{-4}", r"\pi", "(1", "1)",
     "1+", "4!!", "10^{9^{9}}", "2^{99999}", "999!", "9" * 3000, "(" * 99 + "1" + ")" * 99,
     r"\0", "1e9999"],
)  # fmt: skip
def test_what_is_not_a_rational_number_or_too_large_is_none(latex):
    assert exact_number(latex) is None


@given(fractions, fractions)
def test_sums_products_and_quotients_agree_with_fractions(a, b):
    written = [rf"\frac{{{x.numerator}}}{{{x.denominator}}}" for x in (a, b)]
    assert exact_number(f"{written[0]}-({written[1]})") == a - b
    assert exact_number(rf"{written[0]}\cdot{written[1]}") == a * b
    if b:
        assert exact_number(rf"\frac{{{written[0]}}}{{{written[1]}}}") == a / b


@given(st.text(alphabet="0123456789.,+-*/^!(){}\\ fracsqrtbinom[]eE", max_size=40))
def test_no_text_raises(text):
    assert exact_number(text) is None or isinstance(exact_number(text), Fraction)
