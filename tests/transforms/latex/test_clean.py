import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.latex.clean import MAX_TEX, clean_tex, is_display, spell_symbols


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"\( x^2 \)", "x^2"),
        (r"\[x\]", "x"),
        ("$$x$$", "x"),
        ("$x$", "x"),
        ("[latex]x[/latex]", "x"),
        (r"\begin{displaymath}x\end{displaymath}", "x"),
        (r"{\displaystyle \frac{a}{b}}", r"\frac{a}{b}"),
        (r"$\displaystyle x$", "x"),
        (r"{\displaystyle a}+{b}", r"{\displaystyle a}+{b}"),
        ("a % says why\n+ b", "a + b"),
        (r"50\% of x", r"50\% of x"),
        ("% <![CDATA[\nx < y %]]>", "x < y"),
        ("a &lt; b &amp;lt; c", "a < b < c"),
        (r"a & b \\ c & d", r"a & b \\ c & d"),
        ("x<br />\n+ y", "x + y"),
        ("x\u2009\u200b+\u00a0y \u2212 1", "x + y - 1"),
        ("f\u2019(x)", "f'(x)"),
        (r"\textcolor{red}{x} + \color{blue} y", "x + y"),
        (r"x \label{eq:1}", "x"),
        (r"\cssId{a}{\class{b}{x}}", "x"),
        (r"0 \text{ if $x$ is even}", r"0 \text{ if }x\text{ is even}"),
        ("x$", "x"),
        (r"\unicode{x3b1}", "\u03b1"),
        (r"x \ \ \ ", "x"),
        (r"a \\", r"a \\"),
        ("% only a comment", ""),
        (r"\documentclass{minimal}\begin{document}$$x$$\end{document}", "x"),
    ],
)
def test_what_pages_wrap_around_a_formula_is_removed(raw, clean):
    assert clean_tex(raw) == clean


def test_two_formulas_are_not_unwrapped_as_one():
    assert clean_tex(r"\(a\) and \(b\)") == r"\(a\) and \(b\)"


def test_a_source_that_is_too_long_is_not_a_formula():
    assert clean_tex("x" * (MAX_TEX + 1)) == ""


def test_environments_and_brackets_make_display_formulas():
    assert is_display(r" \begin{align}a\end{align}")
    assert is_display("$$a$$")
    assert not is_display(r"\(a\)")


def test_symbols_become_commands_separated_from_letters():
    assert spell_symbols("\u03bb\u2264x\u00b7y") == r"\lambda \leq x\cdot y"
    assert spell_symbols("x \u2208 \u211d") == r"x \in \mathbb{R}"


@given(st.text(alphabet="$\\{}%[]()&;<ab \n", max_size=60))
def test_a_clean_formula_has_no_bare_dollar_and_no_line_break(raw):
    clean = clean_tex(raw)
    assert "\n" not in clean
    assert "$" not in clean.replace("\\\\", "").replace(r"\$", "")
    assert clean == clean.strip()
