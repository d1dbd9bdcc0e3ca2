from fractions import Fraction

import pytest

from training.verifier.read import read_answer
from training.verifier.values import Based, Choice, Formula, Items, Matrix, Named, Number, Words


def number(value, unit=""):
    return Number(Fraction(value), "", unit)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"$\frac12$ cm", number("1/2", "cm")),
        ("6, 7, and 8", Items("list", (number(6), number(7), number(8)))),
        ("6$;$7", Items("list", (number(6), number(7)))),
        ("1,500", number(1500)),
        ("1,5", number("1.5")),
        (r"\{6;7\}", Items("set", (number(6), number(7)))),
        ("(6,7,8)", Items("tuple", (number(6), number(7), number(8)))),
        (r"x = \frac{3}{4} \approx 0.75", Named("x", number("3/4"))),
        ("f(2)=a=9", Named("f(2)", number(9))),
        ("(p,q)=(6,7,8)", Named("(p,q)", Items("tuple", (number(6), number(7), number(8))))),
        (r"m \in \{6,7\}", Items("set", (number(6), number(7)))),
        (r"\pm 3", Items("list", (number(3), number(-3)))),
        ("7:05 pm", Items("ratio", (number(7), number(5)), "pm")),
        ("1201_{3}", Based("1201", 3)),
        ("1201 base 3", Based("1201", 3)),
        ("D) 17", Choice("D", "17")),
        ("A, B", Choice("AB")),
        (r"\text{No solution}", Words("no solution")),
        (r"\emptyset", Words("no solution")),
        ("4 July 1776", Words("jul 4 1776")),
        ("a+b", Formula("a+b")),
        ("x^2=4", Formula("x^{2}=4")),
        (r"\frac{\pi}{3}+2k\pi\,(k\in\mathbb{Z})", Formula(r"\frac{\pi}{3}+2k\pi")),
        (r"\begin{pmatrix}6&7\end{pmatrix}", Matrix(((number(6), number(7)),))),
    ],
)
def test_the_first_reading_is_what_was_meant(text, value):
    assert read_answer(text)[0] == value


def test_a_pair_is_also_an_interval_and_a_letter_also_a_name():
    assert len(read_answer("(6,7)")) == 2
    assert read_answer("C") == (Choice("C"), Formula("C"))


def test_what_is_too_long_is_only_itself():
    text = "1+" * 3000 + "1"
    assert read_answer(text) == (Formula(text),)
