import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.mathjax_svg import svg_to_latex


def glyph(character):
    return f'<path data-c="{ord(character):X}" d="M0 0"></path>'


def node(name, *contents, at=""):
    transform = f' transform="translate({at}) scale(0.707)"' if at else ""
    return f'<g data-mml-node="{name}"{transform}>{"".join(contents)}</g>'


def token(name, character, at=""):
    return node(name, glyph(character), at=at)


A, X = token("mi", "\U0001d44e"), token("mi", "\U0001d465")
TWO = token("mn", "2")
LINE = '<rect width="400" height="60" x="120" y="220"></rect>'
ROOT = node("mo", glyph("\u221a"))


@pytest.mark.parametrize(
    ("svg", "latex"),
    [
        (node("msup", X, token("mn", "2", at="600,363")), "x^{2}"),
        (node("msub", X, token("mn", "2", at="600,-150")), "x_{2}"),
        (node("msubsup", X, token("mn", "3", "9,363"), token("mn", "1", "9,-247")), "x_{1}^{3}"),
        (node("msubsup", X, token("mn", "1", "9,-247"), token("mn", "3", "9,363")), "x_{1}^{3}"),
        (node("mfrac", A, X, LINE), r"\frac{a}{x}"),
        (node("mfrac", A, X), r"{a \atop x}"),
        (node("msqrt", f'<g transform="translate(853,0)">{X}</g>', ROOT, LINE), r"\sqrt{x}"),
        (node("mroot", f"<g>{X}</g>", ROOT, LINE, f"<g>{TWO}</g>"), r"\sqrt[2]{x}"),
        (node("mover", X, token("mo", "\u20d7", at="0,-10")), r"\vec{x}"),
        (node("mover", X, token("mo", "\u02d9", at="0,-10")), r"\dot{x}"),
        (node("munder", X, node("mo", glyph("\ue152"), glyph("\ue156"))), r"\underbrace{x}"),
        (node("mtable", node("mtr", node("mtd", A), node("mtd", X))), None),
        (node("mo", glyph("\u239b"), glyph("\u239d")) + X + token("mo", ")"), "(x)"),
        (node("menclose", X, '<rect x="1" y="2"></rect>'), r"\boxed{x}"),
        (node("menclose", X, '<line x1="1" y1="-2" x2="9" y2="6"></line>'), r"\cancel{x}"),
        (node("mtext", "<text>caf\u00e9</text>"), "\\text{caf\u00e9}"),
        (node("mi", '<use data-c="4C" xlink:href="#MJX-3-TEX-C-4C"></use>'), r"\mathcal{L}"),
        (node("mi", '<use xlink:href="#MJX-3-TEX-I-1D44E"></use>'), "a"),
        (node("mphantom", X) + A, "a"),
        ("<svg><g><path d='M0 0'></path></g></svg>", ""),
    ],
)
def test_the_svg_of_mathjax_becomes_latex(svg, latex):
    expected = r"\begin{matrix}a & x\end{matrix}" if latex is None else latex
    assert svg_to_latex(svg).replace(r"\mathscr", r"\mathcal") == expected


@given(st.text(alphabet="<>=\"'/ gdata-mmlnodec0123msupE.path"))
def test_broken_markup_raises_nothing(source):
    assert isinstance(svg_to_latex(f"data-mml-node{source}"), str)
