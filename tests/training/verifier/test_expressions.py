import contextlib
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.verifier.expressions import (
    Expression,
    ExpressionError,
    Group,
    Letter,
    Mixed,
    Numeral,
    Postfix,
    Power,
    Product,
    Root,
    Signed,
    Sum,
    combine,
    parse_expression,
    tokenize_latex,
)

ONE, TWO, X = Numeral("1"), Numeral("2"), Letter("x")


def parse(latex):
    return parse_expression(tokenize_latex(latex))


@pytest.mark.parametrize(
    ("latex", "tokens"),
    [
        ("", []),
        ("2.5 x", ["2.5", "x"]),
        ("6e-2", ["6e-2"]),
        (".5+7.", [".5", "+", "7."]),
        (r"\sqrt{ab}\%", [r"\sqrt", "{", "ab", "}", r"\%"]),
        ("1e9999", ["1", "e", "9999"]),
    ],
)
def test_latex_is_cut_into_numbers_words_commands_and_signs(latex, tokens):
    assert tokenize_latex(latex) == tokens


@pytest.mark.parametrize(
    ("latex", "tree"),
    [
        ("1-2+x", Sum((("+", ONE), ("-", TWO), ("+", X)))),
        (r"1\times2\div x", Product((("*", ONE), ("*", TWO), ("/", X)))),
        ("2x", Product((("*", TWO), ("", X)))),
        ("-x^{2}", Signed("-", Power(X, Group("{", TWO)))),
        ("2*-x", Product((("*", TWO), ("*", Signed("-", X))))),
        ("x^-2", Power(X, Signed("-", TWO))),
        ("x^1^2", Power(X, Power(ONE, TWO))),
        ("x^{1}^{2}", Power(Power(X, Group("{", ONE)), Group("{", TWO))),
        ("x^{2}%", Postfix("%", Power(X, Group("{", TWO)))),
        ("(x)!", Postfix("!", Group("(", X))),
        (r"\frac{1}{2}", Group("(", Product((("*", ONE), ("/", TWO))))),
        (r"2\frac{1}{x}", Mixed(TWO, ONE, X)),
        (r"\sqrt[1]{2}", Root(ONE, TWO)),
        (r"\pi", Letter(r"\pi")),
    ],
)
def test_the_tree_keeps_how_an_expression_is_written(latex, tree):
    assert parse(latex) == tree


@pytest.mark.parametrize(
    "latex",
    ["", "+", "1+", "1 2", "(1", "1)", "(1}", "1!!", "xy", "x(1)", r"\frac{1}", r"\frac12", "1,2",
     "x^", "x_{1}", r"\sinh{x}", r"\sin", r"\sin+x", "\uff11", "x" + "!^{2}" * 16],
)  # fmt: skip
def test_what_is_not_an_expression_is_an_error(latex):
    with pytest.raises(ExpressionError):
        parse(latex)


@pytest.mark.parametrize("nest", ["({})", "-{}", "1^{}", "{{{}}}", r"\sqrt{{{}}}"])
def test_expressions_may_be_nested_thirty_deep(nest):
    latex = "1"
    for _ in range(30):
        latex = nest.format(latex)
    parse(latex)
    with pytest.raises(ExpressionError):
        parse(nest.format(latex))


def evaluate(node: Expression) -> Fraction:
    return Fraction(node.text) if isinstance(node, Numeral) else combine(node, evaluate, bounded)


def bounded(value):
    if value > 100:
        raise ExpressionError
    return value


def test_sums_products_and_signs_are_evaluated_from_left_to_right():
    assert evaluate(parse("9-4-2")) == 3
    assert evaluate(parse("9/4/2")) == Fraction(9, 8)
    assert evaluate(parse("9/(4/2)*-3")) == Fraction(-27, 2)
    assert evaluate(parse("+2(3-1)")) == 4


@pytest.mark.parametrize("latex", ["99+2-50", "25*5/100", "x", "2^{2}", r"\sqrt{4}"])
def test_values_out_of_bounds_and_other_nodes_are_not_combined(latex):
    with pytest.raises(ExpressionError):
        evaluate(parse(latex))


@given(st.text(alphabet="0123456789.,+-*/^!%(){}\\ fracsqrtbinompi[]eEx", max_size=40))
def test_no_text_raises_another_error(text):
    with contextlib.suppress(ExpressionError):
        parse(text)


def test_parsing_is_linear_in_the_length():
    start = time.process_time()
    for text in ("x" * 10**5, "(" * 10**5, "-" * 10**5, r"\frac{" * 10**4, "x^{" * 10**4):
        with pytest.raises(ExpressionError):
            parse(text)
    parse("1" + "+x" * 10**5)
    assert time.process_time() - start < 10  # seconds: it takes 2, a quadratic parser minutes
