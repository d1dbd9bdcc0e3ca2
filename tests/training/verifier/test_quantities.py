from fractions import Fraction

import pytest

from training.verifier.quantities import read_quantity


@pytest.mark.parametrize(
    ("latex", "value", "unit"),
    [
        (r"1.5\text{million}", 1_500_000, ""),
        (r"\$2 million", 2_000_000, "$"),
        (r"3 hundred thousand", 300_000, ""),
        (r"\frac{1}{2}\text{million}", 500_000, ""),
        (r"3\text{dozen}", 36, ""),
        ("half a dozen", 6, ""),
        ("3\u5343", 3_000, ""),
        ("1\u4ebf2000\u4e07", 120_000_000, ""),
        ("3\u4e075\u5343", 35_000, ""),
        ("5\u4e07\u4ebf", 5 * 10**12, ""),
        (r"3\text{hours}20\text{minutes}", 200, "min"),
        (r"3\text{hours and}20\text{minutes}", 200, "min"),
        (r"1\text{h}1\text{min}1\text{s}", 3661, "s"),
        (r"5\text{ft}6\text{in}", 66, "in"),
        ("3\u5c0f\u65f620\u5206\u949f", 200, "min"),
        (r"-2\text{m}30\text{cm}", -230, "cm"),
    ],
)
def test_words_and_two_units_are_one_number(latex, value, unit):
    number = read_quantity(latex)
    assert number is not None
    assert (number.value, number.unit) == (Fraction(value), unit)


@pytest.mark.parametrize(
    "latex",
    [
        *("", "12", r"12\text{cm}", "million", "x million", r"3\text{apples}4\text{pears}"),
        *("3 m 4 kg", r"3\text{min}20\text{hours}", "1" * 300 + " million", "\u5343"),
    ],
)
def test_other_texts_are_no_quantity(latex):
    assert read_quantity(latex) is None
