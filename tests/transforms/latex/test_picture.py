from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.latex.mathml.tokens import is_balanced
from transforms.latex.picture import picture_to_latex


def drawing(*rows):
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("picture", "latex"),
    [
        ("f (x) = 0  ", "f (x) = 0"),
        ("x \u2208 \u211d", r"x \in \mathbb{R}"),
        ("x1 = 0,567", "x_{1} = 0,567"),
        ("x\u2217 \u2208 (a,b)", r"x^{*} \in (a,b)"),
        ("m \u2044= 0", r"m \neq 0"),
        ("[0,\u03c0\u22152]", r"[0,\pi /2]"),
        ("{0,1,2, ...,9}", r"\{ 0,1,2, \ldots ,9\}"),
        (drawing(" (k)", "x"), "x^{(k)}"),
        (drawing(" \u2217", "x  = 2"), "x^{*} = 2"),
        (drawing("I", " d"), "I_{d}"),
        (drawing("        x", "f(x) = e  \u2212 x \u2212 2"), "f(x) = e^{x} - x - 2"),
        (drawing("          \u2212 16", "x =  3 \u22c510"), r"x = 3 \cdot 10^{- 16}"),
        (drawing(" 4     2", "x  \u2212 4x  + x1"), "x^{4} - 4x^{2} + x_{1}"),
        (drawing("    a + b", "x = -----, y", "      7"), r"x = \frac{a + b}{7} , y"),
        (drawing("  1", "------", "    1", "1 + --", "    x"), r"\frac{1}{1 + \frac{1}{x}}"),
        (drawing("\u221a -----", "  x + 1 = y"), r"\sqrt{x + 1} = y"),
        (drawing("--", "x  = 2"), r"\overline{x} = 2"),
        (drawing(" lim  |x| = \u221e", "x\u2192 \u221e"), r"\lim_{x\to \infty} |x| = \infty"),
        (drawing(" n", " \u2211  k", "k=1"), r"\sum_{k=1}^{n} k"),
        (
            drawing("\u230a 1 0 0 \u230b", "|\u2212 1 2 \u22121|", "\u2308 0 1 1 \u2309"),
            r"\begin{bmatrix}1 & 0 & 0 \\ -1 & 2 & -1 \\ 0 & 1 & 1\end{bmatrix}",
        ),
        (
            "\u230a 1 0 0 \u230b |\u2212 1 2 \u22121| \u2308 0 1 1 \u2309",
            r"\begin{bmatrix}1 & 0 & 0 \\ -1 & 2 & -1 \\ 0 & 1 & 1\end{bmatrix}",
        ),
        (  # the last row is below its bracket, and the right bracket is twice as wide
            drawing(
                "     \u230a      \u230b", "     | a  b |", "A =  \u2308      \u2309", "       c  d"
            ),
            r"A = \begin{bmatrix}a & b \\ c & d\end{bmatrix}",
        ),
        (
            drawing(
                "     \u230a         \u230b",
                "     || 1  2  3 ||",
                "A =  ||         ||",
                "     |\u2308 0  1  0 |\u2309",
                "       1  0  x1",
            ),
            r"A = \begin{bmatrix}1 & 2 & 3 \\ 0 & 1 & 0 \\ 1 & 0 & x_{1}\end{bmatrix}",
        ),
        (
            drawing("(", "|{", "  71x + 41y = 4", "|(   x + 30y = 4"),
            r"\begin{cases}71x + 41y = 4 \\ x + 30y = 4\end{cases}",
        ),
    ],
)
def test_a_drawing_becomes_latex_by_its_layout(picture, latex):
    assert " ".join(picture_to_latex(picture).split()) == latex


@pytest.mark.parametrize(
    "picture",
    [
        "y = Aebx",  # e^{bx}
        "x2 + 1",  # x^2 or x_2
        "x = 0,3 \u00d7 103",
        "10\u2212 4",
        "1016",
        "x(n) = 1",  # x^{(n)}
        "2n + 1",
        "(x + 1)2",
        "\u222b01 f(x)",
        "lim \u03b5\u21920 x",
        "18\u03b5-+3",
        "\u221ax",
        drawing("     1", "x  = 3"),  # the bar of 1/3 is lost
        drawing("x = 1", "    7"),
        drawing("          x", "y = (1 + 1 )"),  # the gap may be none
        drawing("a---+-b---.", "     2"),
        drawing("x2", "---", " y"),
        drawing("a = 1", "b = 2"),
        drawing("\u230a 1 0 \u230b", "| 1 2 3 |", "\u2308 1 \u2309"),
        "(1 + 2",
        "\ufffdx",
        "",
    ],
)
def test_a_drawing_without_a_certain_reading_has_no_latex(picture):
    assert picture_to_latex(picture) == ""


ROWS = st.lists(st.text("x1 -(){}|\u230a\u230b\u2308\u2309\u2211^+\u2212/e,\uf000", max_size=12))


@given(ROWS)
def test_any_drawing_has_balanced_latex_or_none(rows):
    assert is_balanced(picture_to_latex("\n".join(rows)))


def test_a_large_drawing_takes_little_time():
    rows = ["-" * 199] * 39, ["\u230a\u230b" * 99] * 39, [" -- x" * 39] * 39, ["\u2211" * 199] * 39
    start = process_time()
    for picture in rows:
        picture_to_latex("\n".join(picture))
    picture_to_latex("x\n" * 1_000_000)
    assert process_time() - start < 5
