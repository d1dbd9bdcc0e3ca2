import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.replace import Found
from transforms.formulas.write import write_formulas
from transforms.latex.formula import Formula

NOTHING = Found((), (), ())


def mark(number):
    return f"\ue000{number}\ue001"


def text(marked, *formulas, html="", markups=None):
    found = Found(formulas, markups or ["mathml"] * len(formulas), ())
    return write_formulas(marked, found, html).text


def test_formulas_in_a_line_stay_in_it():
    assert text(f"so {mark(0)}, {mark(1)}", Formula("x"), Formula("y")) == "so $x$, $y$"


def test_neighbours_are_parted_by_a_space():
    assert text(mark(0) + mark(1), Formula("x"), Formula("y")) == "$x$ $y$"


def test_display_formulas_stand_on_lines_of_their_own():
    assert text(f"so {mark(0)} holds", Formula("x", True)) == "so\n$$x$$\nholds"
    assert text(f"so\n{mark(0)}\nholds", Formula("x", True)) == "so\n$$x$$\nholds"


def test_the_punctuation_of_a_display_formula_comes_into_it():
    assert text(f"so\n{mark(0)} . Then", Formula("x", True)) == "so\n$$x.$$\nThen"


def test_rows_of_tables_headings_and_items_stay_lines():
    assert text(f"# On {mark(0)}", Formula("x", True)) == "# On $$x$$"
    assert text(f"- {mark(0)}", Formula("x", True)) == "- $$x$$"
    assert text(f"2. {mark(0)}", Formula("x", True)) == "2. $$x$$"
    assert text(f"| {mark(0)} | 2 |", Formula("x", True)) == "| $$x$$ | 2 |"


def test_a_drawing_keeps_its_lines():
    drawing = Formula(" x2\n\n---\n y ", display=True, picture=True)
    assert text(f"so\n{mark(0)}\nholds", drawing) == "so\n$$\n x2\n---\n y\n$$\nholds"


def test_formulas_that_only_define_vanish_and_their_macros_are_expanded():
    html = r"<div hidden>\(\newcommand{\R}{\mathbb{R}}\)</div>"
    definition = Formula(r"\newcommand{\R}{\mathbb{R}}")
    assert text(f"{mark(0)}x {mark(1)}", definition, Formula(r"\R"), html=html) == (
        r"x $\mathbb{R}$"
    )


@pytest.mark.parametrize("empty", ["", " ", r"\ \ ", r"\,", "{}", "%", r"\begingroup"])
def test_what_prints_nothing_is_not_written(empty):
    assert text(f"a{mark(0)}b", Formula(empty)) == "ab"


def test_a_picture_beside_mathml_gives_its_tex():
    pair = [Formula(r"\alpha x"), Formula(r"\alpha\,x", True)]
    written = text(f"{mark(0)}\n{mark(1)}", *pair, markups=["mathml", "image"])
    assert written == r"$$\alpha\,x$$"


def test_neighbours_that_differ_are_both_kept():
    assert text(f"{mark(0)} {mark(1)}", Formula("x"), Formula("y"), markups=["katex", "image"]) == (
        "$x$ $y$"
    )


def test_a_marked_formula_inside_a_delimited_one_keeps_its_tex_alone():
    assert text(rf"\(a + {mark(0)}\)", Formula("x^2")) == "$a + x^2$"


def test_marks_that_the_page_had_itself_vanish():
    assert text(f"a{mark(7)}b\ue000c") == "abc"


def test_kinds_of_markup_are_told_in_order():
    found = Found([Formula("x")], ["katex"], ())
    written = write_formulas(rf"\(a\) {mark(0)} $b^2$", found, "")
    assert written.markups == ["delimited", "katex", "delimited"]


@given(st.text(alphabet="\ue000\ue001\ue002\ue0030123$\\()[] x\n", max_size=60))
def test_no_private_mark_is_left_in_a_text(marked):
    written = text(marked, Formula("x"), Formula("y", True))
    assert not set(written) & set("\ue000\ue001\u2060")
