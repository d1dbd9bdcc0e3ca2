import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.katex_html import katex_html_to_latex
from transforms.latex.mathml.tokens import is_balanced


def span(classes, *inner, style=""):
    return f'<span class="{classes}" style="{style}">{"".join(inner)}</span>'


def vlist(*layers, deep=False):
    """Return a vlist of layers, each a height in em and its content."""
    spans = "".join(
        f'<span style="top:{-3 - height}em;"><span class="pstrut" style="height:3em;"></span>'
        f"{inner}</span>"
        for height, inner in layers
    )
    below = span("vlist-s", "\u200b") if deep else ""
    rows = span("vlist-r", span("vlist", spans, style="height:1em;"), below)
    return span("vlist-t vlist-t2" if deep else "vlist-t", rows)


def small(inner):
    return span("sizing reset-size6 size3 mtight", inner)


def formula(*inner, katex=""):
    strut = span(f"{katex}strut", style="height:1em;")
    return span("katex", span("katex-html", span(f"{katex}base", strut, *inner)))


X = span("mord mathnormal", "x")
ONE, TWO = span("mord", "1"), span("mord", "2")
SUP = span("msupsub", vlist((0.4, small(TWO))))
SUB = span("msupsub", vlist((-0.5, small(TWO)), deep=True))
BOTH = span("msupsub", vlist((-0.5, small(ONE)), (0.4, small(TWO)), deep=True))
LINE = span("frac-line", style="border-bottom-width:0.04em;")
FRACTION = (
    span("mopen nulldelimiter")
    + span("mfrac", vlist((-0.7, TWO), (0.2, LINE), (0.7, ONE), deep=True))
    + span("mclose nulldelimiter")
)
SUM = span("mop op-symbol large-op", "∑")


@pytest.mark.parametrize(
    ("html", "latex"),
    [
        (X + span("mbin", "+") + span("mord", "12") + span("mpunct", ","), "x+12,"),
        (span("mord mathnormal", "ab") + span("mop", "lo", "<span>g</span>") + X, r"ab\log x"),
        (span("mord mathbf", "v") + span("mord mathbb", "R"), r"\mathbf{v}\mathbb{R}"),
        (span("mord", span("mord mathrm", "kg")), r"\mathrm{kg}"),
        (span("mord", X, SUP), "x^{2}"),
        (span("mord", X, SUB), "x_{2}"),
        (span("mord", X, BOTH), "x_{1}^{2}"),
        (span("mord", FRACTION), r"\frac{1}{2}"),
        (
            span("minner", span("mopen delimcenter", span("delimsizing size3", "(")), FRACTION)
            + span("mclose delimcenter", span("delimsizing size3", ")")),
            r"\left(\frac{1}{2}\right)",
        ),
        (
            span("mord", span("mopen delimcenter", span("delimsizing size3", "(")))
            + span("mfrac", vlist((-0.7, TWO), (0.7, ONE), deep=True))
            + span("mclose delimcenter", span("delimsizing size3", ")")),
            r"\binom{1}{2}",
        ),
        (span("mord sqrt", vlist((0, X), (0.2, span("hide-tail", "<svg></svg>")))), r"\sqrt{x}"),
        (
            span("mord sqrt", span("root", vlist((0.5, small(TWO)))), vlist((0, X), (0.2, ""))),
            r"\sqrt[2]{x}",
        ),
        (span("mord accent", vlist((0, X), (0, span("accent-body", "^")))), r"\hat{x}"),
        (
            span("mord katex-accent", vlist((0, X), (0, span("accent-body", "<svg></svg>")))),
            r"\vec{x}",
        ),
        (span("mord overline", vlist((0, X), (0.6, span("overline-line")))), r"\overline{x}"),
        (span("mord underline", vlist((-0.2, span("underline-line")), (0, X))), r"\underline{x}"),
        (
            span(
                "mop op-limits",
                vlist((-1, small(ONE)), (0, f"<span>{SUM}</span>"), (1, small(TWO))),
            ),
            r"\sum_{1}^{2}",
        ),
        (
            span("mrel", span("mord vbox", span("rlap", span("mrel", "\ue020"))))
            + span("mrel", "="),
            r"\neq",
        ),
        (span("mord text", span("mord", "if\u00a0"), X), r"\text{if }x"),
        (
            span(
                "mtable",
                span("col-align-c", vlist((0.6, X), (-0.6, ONE))),
                span("arraycolsep"),
                span("col-align-c", vlist((-0.6, TWO))),
            ),
            r"\begin{matrix}x \\ 1 & 2\end{matrix}",
        ),
        (X + span("mspace", style="margin-right:1em;") + X, r"x\quad x"),
        (X + span("mspace", style="margin-right:0.2222em;") + X, "xx"),
        (span("mrel x-arrow", vlist((0.3, small(span("mord mtight", "f"))))), r"\xrightarrow{f}"),
    ],
)
def test_spans_become_the_formula_that_they_render(html, latex):
    assert katex_html_to_latex(formula(html)) == latex
    assert katex_html_to_latex(formula(html, katex="katex-")) == latex


@pytest.mark.parametrize("html", ["", "<p>no formula</p>", '<span class="katex"></span>'])
def test_markup_without_a_rendering_gives_nothing(html):
    assert katex_html_to_latex(html) == ""


@pytest.mark.parametrize(
    ("html", "latex"),
    [
        (
            span("mord", span("mfrac", span("vlist", "<span>c1</span><span>a+b</span>"))),
            r"\frac{a+b}{c_{1}}",
        ),
        (span("mord sqrt", "x2"), r"\sqrt{x^{2}}"),
        (span("mord", "x1") + span("mbin", "+") + span("mord", "x2"), "x_{1}+x_{2}"),
        (span("mord", "2x") + span("mbin", "+") + span("mord", "12"), "2x+12"),
    ],
)
def test_scripts_and_fractions_without_styles_are_guessed(html, latex):
    assert katex_html_to_latex(formula(html)) == latex


CLASSES = (
    "mord|mop|mrel|msupsub|vlist-t|vlist-t vlist-t2|vlist-r|vlist|mfrac|mord sqrt|root|"
    "mord accent|"
    "accent-body|op-limits|mtable|col-align-c|mord text|delimsizing mult|mclose|munder|mover|"
    "x-arrow"
)
TREES = st.recursive(
    st.sampled_from([X, ONE, SUP, SUB, "x", "{", "\ue020", "<svg viewBox='0 0 875 1'></svg>"]),
    lambda trees: st.builds(
        lambda classes, inner: span(classes, *inner, style="top:-2em;"),
        st.sampled_from(CLASSES.split("|")),
        st.lists(trees, max_size=4),
    ),
    max_leaves=20,
)


@given(TREES)
def test_broken_renderings_raise_nothing(html):
    assert is_balanced(katex_html_to_latex(formula(html)))


@pytest.mark.parametrize("classes", ["mord", "op-limits", "mord accent", "mfrac", "mtable"])
def test_endlessly_nested_renderings_are_read_in_linear_time(classes):
    opening = f'<span class="katex"><span class="{classes}"><span class="vlist"><span>'
    start = time.process_time()
    assert is_balanced(katex_html_to_latex(opening * 35 + X * 8_000))
    assert is_balanced(katex_html_to_latex(opening * 10_000))
    assert time.process_time() - start < 3
