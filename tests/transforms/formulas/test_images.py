import pytest
from resiliparse.parse.html import HTMLTree

from transforms.formulas.images import image_formula
from transforms.latex.formula import LOST, Formula

QUOTED = "%5Cfrac%7Ba%7D%7Bb%7D"
TWICE = "%255Cfrac%257Ba%257D%257Bb%257D"
TEX = r"\frac{a}{b}"


def formula(attributes, around="<p>{} and words</p>"):
    tree = HTMLTree.parse(around.format(f"<img {attributes}>"))
    return image_formula(tree.body.query_selector("img"))


@pytest.mark.parametrize(
    "attributes",
    [
        rf'alt="${TEX}$" src="img5.png"',
        rf'alt="{TEX}" src="eq.gif"',
        rf'class="latex" alt="{TEX}" title="Rendered by a plugin"',
        rf'class="ee_img" src="a.gif" title="{TEX}"',
        f'src="https://t.example/gif.latex?{QUOTED}"',
        rf'src="https://t.example/gif.latex?\dpi{{120}}&space;\large&space;{TEX}"',
        rf'src="/cgi-bin/mimetex.cgi?{TEX}"',
        f'src="https://chart.example/chart?cht=tx&amp;chl={QUOTED}"',
        f'src="https://s0.example/latex.php?latex={QUOTED}&#038;bg=ffffff&#038;s=0"',
        f'src="https://z.example/equation?tex={QUOTED}" alt="[formula]"',
        f'data-original="https://z.example/equation?tex={QUOTED}" src="data:image/gif;base64,R0"',
        f'src="https://tex.s2cms.example/svg/{QUOTED}" alt="formula"',
        f'class="equation_image" src="/equation_images/{TWICE}?scale=1"',
        rf'class="equation_image" alt="LaTeX: {TEX}" src="/equation_images/x"',
        rf'data-equation-content="{TEX}" alt="a over b"',
    ],
)
def test_the_tex_of_an_image_is_found_in_any_attribute(attributes):
    result = formula(attributes)
    assert result.tex.strip("$ ") == TEX
    assert not result.display


@pytest.mark.parametrize(
    "attributes",
    [
        'src="cat.jpg" alt="A cat"',
        'src="/math/logo.png" class="math" alt="Department of Mathematics, University"',
        'src="price.png" alt="$5 off"',
        'src="texture_map.jpg" alt="texture_map_of_stone"',
        r'src="a.png" alt="C:\temp"',
        'class="formula-one" src="car.png"',
        'class="math" src="cat.png" alt="A small cat that sits beside the big blackboard"',
    ],
)
def test_other_images_are_not_formulas(attributes):
    assert formula(attributes) is None


@pytest.mark.parametrize(
    "attributes",
    [
        'class="formula" src="formula.png" alt="formula.png"',
        'class="equation" src="a.png"',
        'class="math inline" src="img7.png" alt="[Formula]"',
        'src="https://w.example/math/render/svg/0a07d98bb302f3856cbabc47b2b9016692e3f7bc" alt=""',
        'class="ee_img tr_noresize" eeimg="1" src="https://z.example/eeimg/5.png" alt="Equation 5"',
    ],
)
def test_an_image_that_is_certain_to_be_a_formula_is_lost_without_its_tex(attributes):
    assert formula(attributes) == LOST


def test_a_drawing_in_characters_is_latex_if_its_reading_is_certain():
    drawing = " a + b\n------\n  7"
    assert formula(f'class="math-display" alt="{drawing}"') == Formula(r"\frac{a + b}{7}", True)
    assert formula(f'class="math" alt="{drawing}"') == Formula(r"\frac{a + b}{7}")


def test_a_drawing_without_a_certain_reading_keeps_its_lines():
    drawing = " x2\n---\n y"
    for classes in ("math-display", "math"):
        expected = Formula(drawing, display=True, picture=True)
        assert formula(f'class="{classes}" alt="{drawing}"') == expected
    assert formula('class="math" alt="y = Aebx"') == Formula("y = Aebx", picture=True)


def test_symbols_in_alternative_texts_become_commands():
    assert formula('class="math" alt="&lambda; &le; 51  "').tex == r"\lambda \leq 51"


def test_an_image_alone_in_a_centred_paragraph_is_a_display_formula():
    attributes = f'class="latex" alt="{TEX}"'
    assert formula(attributes, '<p align="center">{}.</p>').display
    assert formula(attributes, "<center>{}</center>").display
    assert not formula(attributes, '<p align="center">{} is the slope</p>').display
    assert not formula(attributes, '<table><tr><td align="center">{}</td></table>').display


def test_images_of_figures_are_not_formulas():
    assert formula(r'class="math" alt="\begin{figure}\epsfig{file=a.eps}\end{figure}"') is None


def test_the_notation_of_calculators_is_converted():
    result = formula('class="inlineformula" alt="int_0^infty e^(-x)dx"')
    assert result.tex == r"\int_{0}^{\infty}e^{-x}dx"


def test_classes_and_environments_make_display_formulas():
    assert formula(r'class="formulaDsp" alt="\[x\]"').display
    assert formula('alt="\\begin{eqnarray*}\ny &=& x^2\n\\end{eqnarray*}"').display
