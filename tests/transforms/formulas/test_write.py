import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.replace import MarkedFormulas
from transforms.formulas.write import write_formulas
from transforms.latex.formula import Formula

NOTHING = MarkedFormulas((), (), ())


def placeholder(number):
    return f"\ue000{number}\ue001"


def text(text_with_placeholders, *formulas, html="", markups=None):
    marked_formulas = MarkedFormulas(formulas, markups or ["mathml"] * len(formulas), ())
    return write_formulas(text_with_placeholders, marked_formulas, html).text


def test_formulas_in_a_line_stay_in_it():
    assert (
        text(f"so {placeholder(0)}, {placeholder(1)}", Formula("x"), Formula("y")) == "so $x$, $y$"
    )


def test_a_space_separates_adjacent_formulas():
    assert text(placeholder(0) + placeholder(1), Formula("x"), Formula("y")) == "$x$ $y$"


def test_display_formulas_are_on_separate_lines():
    assert text(f"so {placeholder(0)} holds", Formula("x", True)) == "so\n$$x$$\nholds"
    assert text(f"so\n{placeholder(0)}\nholds", Formula("x", True)) == "so\n$$x$$\nholds"


def test_punctuation_after_a_display_formula_moves_into_it():
    assert text(f"so\n{placeholder(0)} . Then", Formula("x", True)) == "so\n$$x.$$\nThen"


def test_rows_of_tables_headings_and_items_stay_on_one_line():
    assert text(f"# On {placeholder(0)}", Formula("x", True)) == "# On $$x$$"
    assert text(f"- {placeholder(0)}", Formula("x", True)) == "- $$x$$"
    assert text(f"2. {placeholder(0)}", Formula("x", True)) == "2. $$x$$"
    assert text(f"| {placeholder(0)} | 2 |", Formula("x", True)) == "| $$x$$ | 2 |"


def test_a_formula_drawn_in_characters_is_code_with_its_lines():
    drawing = Formula(" x2\n\n---\n y ", display=True, picture=True)
    block = "```\n x2\n---\n y\n```"
    assert text(f"so\n{placeholder(0)}\nholds", drawing) == f"so\n{block}\nholds"
    assert text(f"so {placeholder(0)} holds", drawing) == f"so\n{block}\nholds"
    assert text(f"so {placeholder(0)}.", drawing) == "so\n```\n x2\n---\n y.\n```"
    assert text(f"- {placeholder(0)}", drawing) == f"-\n{block}"
    assert text(f"| {placeholder(0)} |", drawing) == "| `x2 --- y` |"
    assert text(f"so {placeholder(0)} holds", Formula("y = Aebx", picture=True)) == (
        "so `y = Aebx` holds"
    )


def test_a_formula_drawn_in_characters_is_not_counted_as_latex():
    marked = MarkedFormulas([Formula("a`b", picture=True), Formula("x")], ["image", "image"], ())
    written = write_formulas(f"{placeholder(0)}, {placeholder(1)}", marked, "")
    assert (written.text, written.markups) == ("`a'b`, $x$", ["image"])


def test_formulas_with_definitions_only_are_dropped_and_their_macros_expanded():
    html = r"<div hidden>\(\newcommand{\R}{\mathbb{R}}\)</div>"
    definition = Formula(r"\newcommand{\R}{\mathbb{R}}")
    assert text(f"{placeholder(0)}x {placeholder(1)}", definition, Formula(r"\R"), html=html) == (
        r"x $\mathbb{R}$"
    )


@pytest.mark.parametrize("empty", ["", " ", r"\ \ ", r"\,", "{}", "%", r"\begingroup"])
def test_what_prints_nothing_is_not_written(empty):
    assert text(f"a{placeholder(0)}b", Formula(empty)) == "ab"


def test_an_image_next_to_mathml_provides_the_tex():
    pair = [Formula(r"\alpha x"), Formula(r"\alpha\,x", True)]
    written = text(f"{placeholder(0)}\n{placeholder(1)}", *pair, markups=["mathml", "image"])
    assert written == r"$$\alpha\,x$$"


def test_adjacent_formulas_that_differ_are_both_kept():
    assert text(
        f"{placeholder(0)} {placeholder(1)}", Formula("x"), Formula("y"), markups=["katex", "image"]
    ) == ("$x$ $y$")


def test_of_a_placeholder_inside_a_delimited_formula_only_the_tex_is_kept():
    assert text(rf"\(a + {placeholder(0)}\)", Formula("x^2")) == "$a + x^2$"


def test_placeholder_characters_of_the_page_itself_are_removed():
    assert text(f"a{placeholder(7)}b\ue000c") == "abc"


def test_a_placeholder_is_replaced_once_however_its_number_is_written():
    assert (
        text(f"a {placeholder(0)} b {placeholder(0)} {placeholder('00')} c", Formula("x"))
        == "a $x$ b   c"
    )
    assert text(rf"\(a {placeholder(0)} {placeholder(0)}\)", Formula("x")) == "$a x$"
    assert text("\ue000\u0660\ue001", Formula("x")) == "\u0660"


def test_kinds_of_markup_are_listed_in_order():
    marked_formulas = MarkedFormulas([Formula("x")], ["katex"], ())
    written = write_formulas(rf"\(a\) {placeholder(0)} $b^2$", marked_formulas, "")
    assert written.markups == ["delimited", "katex", "delimited"]


@given(st.text(alphabet="\ue000\ue001\ue002\ue0030123$\\()[] x\n", max_size=60))
def test_no_placeholder_character_is_left_in_a_text(text_with_placeholders):
    written = text(text_with_placeholders, Formula("x"), Formula("y", True))
    assert not set(written) & set("\ue000\ue001")


def test_a_formula_too_long_to_be_one_is_unreadable_and_one_in_a_formula_stays_in_it():
    assert text(f"so {placeholder(0)} holds", Formula("x" * 20_001)) == (
        "so [unreadable formula] holds"
    )
    lost = Formula("", lost=True)
    assert text(rf"\(\text{{if {placeholder(0)}}}\)", lost) == (
        r"$\text{if \text{[unreadable formula]}}$"
    )


def test_equations_in_plain_html_are_written_between_the_other_formulas():
    marked = MarkedFormulas([Formula("y")], ["mathml"], (), has_scripts=True)
    source = f"{placeholder(0)} and x = a_{{1}} or $z = b_{{1}}^2$, c = d^{{2}}"
    written = write_formulas(source, marked, "")
    assert written.text == "$y$ and $x = a_{1}$ or $z = b_{1}^2$, $c = d^{2}$"
    assert written.markups == ["mathml", "html", "delimited", "html"]


def test_macros_of_dlmf_without_a_definition_are_expanded():
    html = r"\(\EulerGamma@{z+\NVar{n}}=\ifrac{a}{\expe}\)"
    assert text(html, html=html) == r"$\Gamma\left(z+n\right)=a/\mathrm{e}$"
    defined = r"\(\newcommand{\expe}{E}\expe\)"
    assert text(defined, html=defined) == "$E$"
