import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from transforms.formulas.mathjax_svg import svg_to_latex
from transforms.formulas.replace import replace_formulas
from transforms.formulas.write import write_formulas
from transforms.latex.mathml.tokens import is_balanced


def use(name, x=0, y=0, scale=0.0, prefix="E1-"):
    transform = f' transform="scale({scale})"' if scale else ""
    return f'<use{transform} xlink:href="#{prefix}MJ{name}" x="{x}" y="{y}"></use>'


def group(*inner, x=0, y=0):
    return f'<g transform="translate({x},{y})">{"".join(inner)}</g>'


def line(x=0, y=220):
    return f'<rect stroke="none" width="900" height="60" x="{x}" y="{y}"></rect>'


def svg(*inner):
    glyphs = '<defs><path id="E1-MJMATHI-78" d="M52 289Q59 331 106 386"></path></defs>'
    return (
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink">{glyphs}<g stroke="currentColor" '
        f'transform="matrix(1 0 0 -1 0 0)">{"".join(inner)}</g></svg>'
    )


A, X = use("MATHI-61"), use("MATHI-78")
TWO, ONE = use("MAIN-32", 809, 583, 0.707), use("MAIN-31", 809, -213, 0.707)
PLUS = use("MAIN-2B", 800)
FRACTION = group(line(), use("MATHI-61", 60, 676), use("MATHI-62", 60, -686), x=120)


@pytest.mark.parametrize(
    ("inner", "latex"),
    [
        (X + TWO, "x^{2}"),
        (X + ONE, "x_{1}"),
        (X + TWO + ONE + PLUS + A, "x_{1}^{2}+a"),
        (FRACTION, r"\frac{a}{b}"),
        (use("SZ2-28") + group(FRACTION, x=597) + use("SZ2-29", 1487), r"\left(\frac{a}{b}\right)"),
        (use("SZ1-221A", 0, 126) + line(1000, 917) + group(X, TWO, x=1000), r"\sqrt{x^{2}}"),
        (
            use("MAIN-33", 486, 586, 0.574) + use("MAIN-221A") + line(833, 632) + X,
            r"\sqrt[3]{x}",
        ),
        (
            use("SZ2-2211")
            + group(*(use(f"MAIN-3{i}", 400 * i, 0, 0.707) for i in (1, 2)), y=-1110)
            + use("MATHI-6E", 721, 1627, 0.707)
            + use("MATHI-6B", 1611),
            r"\sum_{12}^{n}k",
        ),
        (
            use("SZ3-28")
            + group(
                group(use("MATHI-61", 0, 650), use("MATHI-63", 0, -750)),
                group(use("MATHI-62", 0, 650), use("MATHI-64", 0, -750), x=1500),
                x=903,
            )
            + use("SZ3-29", 3113),
            r"\begin{pmatrix}a & b \\ c & d\end{pmatrix}",
        ),
        (
            use("SZ2-28")
            + group(use("MATHI-6E", 0, 676), use("MATHI-6B", 0, -686), x=700)
            + use("SZ2-29", 1500),
            r"\binom{n}{k}",
        ),
        (use("MAIN-73") + use("MAIN-69", 394) + use("MAIN-6E", 673) + X, r"\sin x"),
        (use("MAIN-31") + use("MAIN-32", 500) + use("MATHI-78", 1000), "12x"),
        (X + use("MAIN-5E", 63, 20), r"\hat{x}"),
        (use("AMS-52") + use("MATHI-6E", 1021, 583, 0.707), r"\mathbb{R}^{n}"),
        (use("MATHI-3B1") + use("MAIN-2264", 900) + use("CAL-4C", 1800), r"\alpha\leq\mathcal{L}"),
        (use("MATHI-66") + use("MAIN-2032", 804, 583, 0.707) + use("MAIN-28", 863) + X
         + use("MAIN-29", 1300), "f'(x)"),
        (X + line(0, 700), r"\overline{x}"),
    ],
)  # fmt: skip
def test_groups_and_heights_become_the_formula_that_they_render(inner, latex):
    assert svg_to_latex(svg(inner)) == latex
    assert svg_to_latex(svg(inner).replace("#E1-", "#")) == latex


@pytest.mark.parametrize(
    "container",
    [
        "{}",
        '<span class="MathJax_SVG">{}</span>',
        '<span class="x"><span class="y">{}</span></span>',
    ],
)
def test_it_is_read_in_its_container_and_without(container):
    html = f"<p>so {container.format(svg(X, TWO))} holds</p>"
    tree = HTMLTree.parse(html)
    marked = replace_formulas(tree, html)
    assert write_formulas(tree.body.text, marked, html).text == "so $x^{2}$ holds"


def test_icons_are_no_formulas():
    html = '<p>so <svg><use xlink:href="#icon-MJ"></use></svg> <svg><path d="M0"/></svg> holds</p>'
    tree = HTMLTree.parse(html)
    assert replace_formulas(tree, html).formulas == []


PARTS = st.recursive(
    st.sampled_from([A, X, TWO, ONE, line(), use("MAIN-221A"), use("SZ4-239B"), use("MAIN-AF")]),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: group(*parts, x=9, y=-700)),
)


@given(st.lists(PARTS, max_size=6))
def test_any_tree_of_groups_has_balanced_latex(parts):
    assert is_balanced(svg_to_latex(svg(*parts)))


def test_deep_groups_and_bad_numbers_do_not_fail():
    assert svg_to_latex("<g>" * 5_000 + X) in ("", "x")
    assert svg_to_latex(svg('<use x="1e" y="--" href="#MJMATHI-78"></use>')) == "x"
