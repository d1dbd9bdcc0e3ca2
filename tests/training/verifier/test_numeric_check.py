import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.verifier.numeric_check import numerically_different


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\frac{x+1}{2}", r"\frac{x-1}{2}"),
        (r"2\sqrt{3}", r"3\sqrt{2}"),
        (r"\frac{\pi}{6}", r"\frac{\pi}{3}"),
        ("x^{2}-4", "x^{2}+4"),
        ("-3 x y", "3 x y"),
        ("2(x+1)", "2(x+2)"),
        (r"1+\sqrt{2}", "2"),
        (r"x^{-1}", "x"),
        (r"3\cdot x", r"2\times x"),
        ("n/2", "n/3"),
    ],
)
def test_formulas_with_different_values_are_numerically_different(gold, answer):
    assert numerically_different(gold, answer)
    assert numerically_different(answer, gold)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("2 x", "x+x"),
        ("(x+1)(x-1)", "x^{2}-1"),
        (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
        (r"\sqrt{12}", r"2\sqrt{3}"),
        (r"2\sqrt{3}", "3.464"),
        (r"x^{1/2}", r"\sqrt{x}"),
        (r"-x^{2}", r"-(x x)"),
        ("6/2/3", "1"),
    ],
)
def test_equal_formulas_are_not_different(gold, answer):
    assert not numerically_different(gold, answer)
    assert not numerically_different(answer, gold)


@pytest.mark.parametrize(
    "unclear",
    [
        "",
        "x=1",
        "x(x+1)",
        r"2\frac{1}{2}",
        "1/2x",
        "1/2(x)",
        "x^2",
        "xy",
        "5m",
        "x y m",
        r"\sinh x",
        r"\log x",
        "1,000",
        "1.2.3",
        "2 3",
        "3x4",
        "x!",
        "|x|",
        "x_{1}",
        r"50\%",
        "(-x)^{1/3}",
        r"\sqrt{-x}",
        r"\sqrt[3]{x}",
        "x^{2}^{3}",
        "x/(x-x)",
        "x^{-99}",
        "1000000000000000+x",
        "(" * 40 + "x" + ")" * 40,
        "(x",
        "x)",
        "x+",
        "+x",
        r"\frac{x}",
        "\u00b2x",
        "x" + "+x" * 300,
    ],
)
def test_what_is_not_evaluated_is_left_to_algebra(unclear):
    assert not numerically_different(unclear, "7 x")
    assert not numerically_different("7 x", unclear)
    assert not numerically_different(unclear, "7")


def test_formulas_of_other_letters_differ_unless_the_letters_cancel():
    assert numerically_different("2 x", "3 y")
    assert numerically_different("2 x", "5")
    assert not numerically_different("5+x-x", "5")


@pytest.mark.parametrize(
    ("formula", "equal"),
    [
        (r"\sin x\cdot\cos x", r"\frac{1}{2}\cdot\sin(2x)"),
        (r"\sin^{2}x", r"1-\cos^{2}x"),
        (r"\log_{2}8", "3"),
        (r"\ln 6", r"\ln 2+\ln 3"),
        (r"\tan 45^{\circ}", "1"),
        (r"\cot x", r"\frac{\cos x}{\sin x}"),
        (r"\arctan 1", r"\frac{\pi}{4}"),
    ],
)
def test_functions_are_evaluated(formula, equal):
    assert not numerically_different(formula, equal)
    assert numerically_different(formula, f"{equal}+1")


small = st.integers(1, 9)


@given(small, small, small, small, st.integers(-3, 3))
def test_a_product_differs_from_its_expansion_only_if_that_is_wrong(a, b, c, d, error):
    product = f"({a}x+{b})({c}x-{d})"
    middle = b * c - a * d + error
    expansion = rf"{a * c}x^{{2}}{'+' if middle >= 0 else '-'}{abs(middle)}x-{b * d}"
    assert numerically_different(product, expansion) == (error != 0)
    assert numerically_different(expansion, product) == (error != 0)


@given(st.text(r"x2.+-*/^(){}\ fracsqt", max_size=40), st.text("x2+^{}", max_size=20))
def test_no_text_is_an_error(one, other):
    assert numerically_different(one, other) in (False, True)
    assert not numerically_different(one, one)


def test_nothing_costs_more_than_its_length():
    start = time.process_time()
    for text in ("x" * 10**5, "(" * 10**5, "9" * 10**5, r"\frac{" * 10**4, "x^{" * 10**4):
        assert not numerically_different(text, "x+1")
    assert time.process_time() - start < 5
