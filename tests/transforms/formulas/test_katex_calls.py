import pytest
from resiliparse.parse.html import HTMLTree

from transforms.formulas.katex_calls import render_calls


def calls(html):
    return [
        (c.place.id or c.place.tag, c.formula) for c in render_calls(HTMLTree.parse(html).document)
    ]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("k1", "k1"),
        ('document.getElementById("k1")', "k1"),
        ("document.querySelector('#k1')", "k1"),
        ("elements[3]", "script"),
    ],
)
def test_a_formula_goes_where_the_script_draws_it(target, place):
    html = rf"""<b id="k1"></b><script>katex.render("\\frac{{a}}{{b}}", {target});</script>"""
    [(where, formula)] = calls(html)
    assert (where, formula.tex, formula.display) == (place, r"\frac{a}{b}", False)


def test_raw_strings_and_options_are_read():
    html = (
        r"<b id=k></b><script>katex.render(String.raw`\frac ab`, k, {displayMode: true})</script>"
    )
    [(_, formula)] = calls(html)
    assert formula.tex == r"\frac ab"
    assert formula.display


@pytest.mark.parametrize(
    "script",
    ["katex.render(source, k);", "katex.render(", 'katex.render("unclosed', 'katex.render("");'],
)
def test_computed_and_broken_calls_are_left_alone(script):
    assert calls(f"<b id=k></b><script>{script}</script>") == []


def test_an_element_with_text_is_not_overwritten():
    html = r"""<b id="k">words</b><script>katex.render("x", k); katex.render("y", z)</script>"""
    assert calls(html) == []
