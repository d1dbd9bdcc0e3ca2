import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.verifier.normalise import normalise_latex


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"$\left( \dfrac35,\; \sqrt7 \right)$", r"(\frac{3}{5},\sqrt{7})"),
        (r"\frac 9{20}", r"\frac{9}{20}"),
        (r"\frac{17}4", r"\frac{17}{4}"),
        (r"\frac\pi6", r"\frac{\pi}{6}"),
        (r"\sqrt[3]5 + \sqrt 11", r"\sqrt[3]{5}+\sqrt{11}"),
        ("x^10y_2", "x^{10}y_{2}"),
        (r"2{,}400{,}000", "2400000"),
        (r"31\,415,\!926", "31415926"),
        ("1,5", "1,5"),
        ("1'000'000", "1000000"),
        ("1'37", "1'37"),
        ("1'0000", "1'0000"),
        ("1'000\"", "1'000\""),
        (r"8 \mathrm{~kg}", r"8\text{kg}"),
        (r"\text{\textbf{(C)}}", r"\text{(C)}"),
        (r"\mathrm{e}^{\mathrm{i}x}", "e^{ix}"),
        (r"7\text{:}45", "7:45"),
        (r"1 \\le y \\lt 3", r"1\le y<3"),
        (r"\begin{pmatrix} a \\ b \end{pmatrix}", r"\begin{pmatrix}a\\b\end{pmatrix}"),
        ("\uff08\uff13\uff0c\u2212\uff14\uff09", "(3,-4)"),
        ("\u0663\u03c0", r"3\pi"),
        ("5 m\u00b2", "5 m^{2}"),
        ("y>=2*sqrt(3)", r"y\ge 2*\sqrt{3}"),
        (r"{9 \choose 4}", r"\binom{9}{4}"),
        (r"  = \frac{1}{2} .", r"\frac{1}{2}"),
        ("\u200b7\u200b", "7"),
        ("", ""),
    ],
)
def test_many_ways_of_writing_become_one(text, plain):
    assert normalise_latex(text) == plain


@given(st.text(alphabet="\\{}()[]^_$,. fractsqrt12xn\u00b2", max_size=40))
def test_nothing_is_left_that_only_spaces_or_delimits(text):
    plain = normalise_latex(text)
    assert plain == plain.strip()
    assert "$" not in plain.replace(r"\$", "")
    assert "  " not in plain
