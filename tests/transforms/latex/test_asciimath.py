from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.latex.asciimath import asciimath_to_latex


@pytest.mark.parametrize(
    ("ascii", "latex"),
    [
        ("(a+b)/c_1=sqrt(x^2)", r"\frac{a+b}{c_{1}}=\sqrt{x^{2}}"),
        ("x=(-b +- sqrt(b^2-4ac))/(2a)", r"x=\frac{-b\pm\sqrt{b^{2}-4ac}}{2a}"),
        ("sum_(k=1)^n k", r"\sum_{k=1}^{n}k"),
        ("int_0^1 f(x)dx", r"\int_{0}^{1}f(x)dx"),
        ("lim_(x->oo) sin x", r"\lim_{x\to\infty}\sin x"),
        ("root(3)(x) != alpha beta", r"\sqrt[3]{x}\ne\alpha\beta"),
        ("[[a,b],[c,d]]", r"\begin{bmatrix}a & b \\ c & d\end{bmatrix}"),
        ("((1),(0))", r"\begin{pmatrix}1 \\ 0\end{pmatrix}"),
        ("|(a,b),(c,d)|=ad-bc", r"\begin{vmatrix}a & b \\ c & d\end{vmatrix}=ad-bc"),
        ("|(x+1)| + |a|", "|(x+1)|+|a|"),
        ("{:(f:,RR,->,RR),(,x,|->,x^2):}",
         r"\begin{matrix}f: & \mathbb{R} & \to & \mathbb{R} \\  & x & \mapsto & x^{2}\end{matrix}"),
        ("{(x,if x>0),(-x,if x<0):}",
         r"\begin{cases}x & \text{if }x>0 \\ -x & \text{if }x<0\end{cases}"),
        ("a=1 or b=2", r"a=1\text{ or }b=2"),
        ('{(x, "if " x>0),(-x,text(otherwise)):}',
         r"\begin{cases}x & \text{if }x>0 \\ -x & \text{otherwise}\end{cases}"),
        ("abs(x) + floor(y)", r"\left|x\right|+\lfloor y\rfloor"),
        ("bbb R, RR", r"\mathbb{R},\mathbb{R}"),
        ("hat(ab) 5% #", r"\hat{ab}5\%\#"),
        ("(1/2)", r"\left(\frac{1}{2}\right)"),
        ("(1+x", "(1+x"),
        ("x)/2", "x)/2"),
        ("3//4", "3/4"),
        ("", ""),
    ],
)  # fmt: skip
def test_asciimath_becomes_latex(ascii, latex):  # noqa: A002
    assert asciimath_to_latex(ascii) == latex


@pytest.mark.parametrize("flood", ["(" * 2000, "[[" * 1000, "a/" * 1000, "sqrt" * 500])
def test_floods_take_little_time(flood):
    start = process_time()
    asciimath_to_latex(flood)
    assert process_time() - start < 2


@given(st.text(alphabet='()[]{}|:/_^,ab12 \\"sqrtfrac', max_size=50))
def test_any_source_gives_balanced_braces(source):
    latex = asciimath_to_latex(source).replace(r"\{", "").replace(r"\}", "")
    assert latex.count("{") == latex.count("}")
