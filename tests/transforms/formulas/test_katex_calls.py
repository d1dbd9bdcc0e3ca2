import pytest
from resiliparse.parse.html import HTMLTree

from transforms.formulas.katex_calls import render_calls


def calls(html):
    return [
        (call.element.id or call.element.tag, call.formula)
        for call in render_calls(HTMLTree.parse(html).document)
    ]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("k1", "k1"),
        ('document.getElementById("k1")', "k1"),
        ("document.querySelector('#k1')", "k1"),
        ("elements[3]", "script"),
    ],
)
def test_a_formula_belongs_to_the_element_that_it_is_rendered_into(target, expected):
    html = rf"""<b id="k1"></b><script>katex.render("\\frac{{a}}{{b}}", {target});</script>"""
    [(element, formula)] = calls(html)
    assert (element, formula.tex, formula.display) == (expected, r"\frac{a}{b}", False)


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
def test_computed_and_broken_calls_are_ignored(script):
    assert calls(f"<b id=k></b><script>{script}</script>") == []


def test_an_element_with_text_is_not_overwritten():
    html = r"""<b id="k">words</b><script>katex.render("x", k); katex.render("y", z)</script>"""
    assert calls(html) == []
