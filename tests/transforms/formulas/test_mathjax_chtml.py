import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.mathjax_chtml import chtml_to_latex
from transforms.latex.mathml.tokens import is_balanced


def glyphs(text, font=""):
    return "".join(f'<mjx-c class="mjx-c{ord(c):X} {font}"></mjx-c>' for c in text)


def token(tag, text, style="mjx-n"):
    return f'<mjx-{tag} class="{style}">{glyphs(text)}</mjx-{tag}>'


def container(inner):
    return (
        '<mjx-container class="MathJax" jax="CHTML" tabindex="0" style="font-size: 113%;">'
        f'<mjx-math class=" MJX-TEX" aria-hidden="true">{inner}</mjx-math></mjx-container>'
    )


X = token("mi", "𝑥", "mjx-i")
TWO = token("mn", "2")
N = token("mi", "𝑛", "mjx-i")
FRACTION = (
    f'<mjx-mfrac><mjx-frac type="d"><mjx-num><mjx-nstrut type="d"></mjx-nstrut>{X}</mjx-num>'
    '<mjx-dbox><mjx-dtable><mjx-line type="d"></mjx-line><mjx-row><mjx-den>'
    f"<mjx-dstrut></mjx-dstrut>{TWO}</mjx-den></mjx-row></mjx-dtable></mjx-dbox>"
    "</mjx-frac></mjx-mfrac>"
)


def limits(sign, below, above):
    return (
        f"<mjx-munderover><mjx-over>{above}</mjx-over><mjx-box><mjx-munder>"
        f"<mjx-row><mjx-base>{sign}</mjx-base></mjx-row>"
        f"<mjx-row><mjx-under>{below}</mjx-under></mjx-row></mjx-munder></mjx-box></mjx-munderover>"
    )


@pytest.mark.parametrize(
    ("chtml", "latex"),
    [
        (X + token("mo", "+") + TWO, "x+2"),
        (token("mi", "sin") + token("mo", "\u2061") + X, r"\sin x"),
        (token("mi", "𝐲", "mjx-b") + token("mi", "L", "mjx-cal mjx-i"), r"\mathbf{y}\mathcal{L}"),
        (token("mi", "d") + X, r"\mathrm{d}x"),
        (
            '<mjx-mn class="mjx-ds"><mjx-utext variant="double-struck">𝟙</mjx-utext></mjx-mn>',
            r"\mathbb{1}",
        ),
        (
            f'<mjx-msup>{X}<mjx-script style="vertical-align: .4em">{TWO}</mjx-script></mjx-msup>',
            "x^{2}",
        ),
        (f"<mjx-msub>{X}<mjx-script>{TWO}</mjx-script></mjx-msub>", "x_{2}"),
        (
            f"<mjx-msubsup>{X}<mjx-script>{TWO}<mjx-spacer></mjx-spacer>{N}</mjx-script>"
            "</mjx-msubsup>",
            "x_{n}^{2}",
        ),
        (FRACTION, r"\frac{x}{2}"),
        (
            f'<mjx-mfrac><mjx-frac atop="true"><mjx-num>{N}</mjx-num><mjx-den>{TWO}</mjx-den>'
            "</mjx-frac></mjx-mfrac>",
            r"{n \atop2}",
        ),
        (
            f"<mjx-msqrt><mjx-sqrt><mjx-surd>{token('mo', '√')}</mjx-surd>"
            f"<mjx-box>{X}{TWO}</mjx-box>"
            "</mjx-sqrt></mjx-msqrt>",
            r"\sqrt{x2}",
        ),
        (
            f"<mjx-mroot><mjx-sqrt><mjx-root>{N}</mjx-root><mjx-surd>{token('mo', '√')}</mjx-surd>"
            f"<mjx-box>{X}</mjx-box></mjx-sqrt></mjx-mroot>",
            r"\sqrt[n]{x}",
        ),
        (limits(token("mo", "∑", "mjx-lop"), N, token("mi", "∞")), r"\sum_{n}^{\infty}"),
        (
            f'<mjx-munderover limits="false">{token("mo", "∫")}<mjx-script>{N}'
            "<mjx-spacer></mjx-spacer>"
            f"{TWO}</mjx-script></mjx-munderover>",
            r"\int_{2}^{n}",
        ),
        (
            f"<mjx-mover><mjx-over>{token('mo', '^')}</mjx-over><mjx-base>{X}</mjx-base>"
            "</mjx-mover>",
            r"\hat{x}",
        ),
        (
            '<mjx-mrow><mjx-mo class="mjx-s4"><mjx-stretchy-v class="mjx-c7B"><mjx-beg>'
            "<mjx-c></mjx-c>"
            "</mjx-beg><mjx-mid><mjx-c></mjx-c></mjx-mid></mjx-stretchy-v></mjx-mo>"
            "<mjx-mtable><mjx-table><mjx-itable>"
            f'<mjx-mtr><mjx-mtd style="text-align: left;">{X}<mjx-tstrut></mjx-tstrut></mjx-mtd>'
            f'<mjx-mtd style="text-align: left;">{token("mtext", "if n")}</mjx-mtd></mjx-mtr>'
            f"<mjx-mtr><mjx-mtd>{TWO}</mjx-mtd></mjx-mtr>"
            "</mjx-itable></mjx-table></mjx-mtable></mjx-mrow>",
            r"\begin{cases}x & \text{if n} \\ 2\end{cases}",
        ),
        (X + '<mjx-mspace style="width: 1em;"></mjx-mspace>' + N, r"x\quad n"),
        (X + "<mjx-assistive-mml><math><mi>y</mi></math></mjx-assistive-mml>", "x"),
        (
            f"<mjx-menclose><mjx-box>{X}</mjx-box><mjx-ustrike></mjx-ustrike></mjx-menclose>",
            r"\cancel{x}",
        ),
    ],
)
def test_glyphs_become_the_formula_that_they_render(chtml, latex):
    assert chtml_to_latex(container(chtml)) == latex


def test_spans_of_version_2_are_read():
    html = (
        '<span class="mjx-chtml MathJax_CHTML"><span class="mjx-math"><span class="mjx-mrow">'
        '<span class="mjx-msup"><span class="mjx-base"><span class="mjx-mi">'
        '<span class="mjx-char MJXc-TeX-math-I">x</span></span></span>'
        '<span class="mjx-sup"><span class="mjx-mn"><span class="mjx-char">2</span>'
        "</span></span></span>"
        '<span class="mjx-mfrac"><span class="mjx-box"><span class="mjx-numerator">'
        '<span class="mjx-mi"><span class="mjx-char">a</span></span></span>'
        '<span class="mjx-denominator"><span class="mjx-mi"><span class="mjx-char">b'
        "</span></span></span>"
        '<span class="mjx-line"></span></span><span class="mjx-vsize"></span></span>'
        "</span></span></span>"
    )
    assert chtml_to_latex(html) == r"x^{2}\frac{a}{b}"


@pytest.mark.parametrize("html", ["", "<p>no formula</p>", "<mjx-container></mjx-container>"])
def test_markup_without_a_rendering_gives_nothing(html):
    assert chtml_to_latex(html) == ""


TAGS = """
mfrac frac num den msub msup msubsup script munderover over under base box row msqrt mroot root
mtable itable mtr mtd menclose mover munder
"""
TREES = st.recursive(
    st.sampled_from([X, TWO, token("mo", "("), '<mjx-c class="mjx-cFFFFF"></mjx-c>', "text"]),
    lambda trees: st.builds(
        lambda tag, inner: f"<mjx-{tag}>{''.join(inner)}</mjx-{tag}>",
        st.sampled_from(TAGS.split()),
        st.lists(trees, max_size=4),
    ),
    max_leaves=20,
)


@given(TREES)
def test_broken_renderings_raise_nothing(html):
    assert is_balanced(chtml_to_latex(html))


@pytest.mark.parametrize("opening", ["<mjx-mrow>", "<mjx-mfrac><mjx-num>", "<mjx-msqrt><mjx-box>"])
def test_endlessly_nested_renderings_are_read_in_linear_time(opening):
    start = time.process_time()
    assert is_balanced(chtml_to_latex(opening * 100 + X * 4_000))
    assert is_balanced(chtml_to_latex(opening * 20_000))
    assert time.process_time() - start < 3
