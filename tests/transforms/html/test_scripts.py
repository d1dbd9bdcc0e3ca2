import pytest
from resiliparse.parse.html import HTMLTree

from transforms.html.scripts import mark_scripts, text_with_scripts


def text_of(html):
    tree = HTMLTree.parse(f"<!doctype html><p>{html}</p>")
    mark_scripts(tree.document, tree.document.query_selector_all("sub,sup")[:])
    return tree.body.text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<i>x</i><sup>2</sup>", "x^{2}"),
        ("<i>mc</i><sup>2</sup> + <i>a</i><sub>1</sub>", "mc^{2} + a_{1}"),
        ("(x+1)<sup>n+1</sup>", "(x+1)^{n+1}"),
        ("10<sup>\u22126</sup>", "10^{-6}"),
        ("<i>x</i><sub>1</sub><sup>2</sup>", "x_{1}^{2}"),
        ("<i>e<sup>x<sub>1</sub></sup></i>", "e^{x_{1}}"),
        ("H<sub>2</sub>O", "H_{2}O"),
        ("<i>f<sup>(k)</sup></i>", "f^{(k)}"),
        ("log<sub>2</sub> 8", "log_{2} 8"),
        ("sin<sup>2</sup> t", "sin^{2} t"),
        ("SL<sub>2</sub>(Z)", "SL_{2}(Z)"),
        ("CO<sub>2</sub>", "CO_{2}"),
        ("Na<sup>+</sup> and SO<sub>4</sub><sup>2-</sup>", "Na^{+} and SO_{4}^{2-}"),
        ("12 cm<sup>2</sup>", "12 cm^{2}"),
        ("m s<sup>-1</sup> mol<sup>-1</sup>", "m s^{-1} mol^{-1}"),
        ("AB<sup>2</sup> = AC<sup>2</sup> + BC<sup>2</sup>", "AB^{2} = AC^{2} + BC^{2}"),
        ("E = mc<sup>2</sup>", "E = mc^{2}"),
        ("A = \u03c0r<sup>2</sup>", "A = \u03c0r^{2}"),
        ("(dx)<sup>2</sup> + dy<sup>2</sup>", "(dx)^{2} + dy^{2}"),
    ],
)
def test_scripts_on_letters_numbers_and_brackets_are_mathematics(html, text):
    assert text_of(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "the theorem<sup>1</sup>",
        "proved.<sup>12</sup>",
        "by NATO<sup>2</sup> and the EU<sup>1</sup>",
        "Smith<sup>2</sup>",
        "in 1987<sup>3</sup>",
        "x<sup><a href='#n1'>1</a></sup>",
        "x<sup class='footnote-ref'>1</sup>",
        "(see the second chapter)<sup>4</sup>",
        "1<sup>st</sup> and n<sup>th</sup>",
        "1<sup>o</sup>",
        "X<sup>TM</sup>",
        "a<sub>subscribe now</sub>",
        "<sup>2</sup>",
    ],
)
def test_notes_ordinals_and_words_are_unchanged(html):
    tree = HTMLTree.parse(f"<!doctype html><p>{html}</p>")
    assert text_of(html) == tree.body.text


def test_all_scripts_of_a_formula_become_tex():
    tree = HTMLTree.parse("<b>max<sub>i<sup>2</sup></sub> <i>x</i></b>")
    assert text_with_scripts(tree.body.query_selector("b")) == "max_{i^{2}} x"
