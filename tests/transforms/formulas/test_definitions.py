import pytest
from resiliparse.parse.html import HTMLTree

from transforms.formulas.definitions import remove_definitions

MACROS = r"\newcommand{\R}{\mathbb{R}} \def\N{\mathbb{N}} % letters" + "\n"


def remaining(html):
    tree = HTMLTree.parse(f"<!doctype html><body>{html}</body>")
    remove_definitions(tree.document, html)
    return " ".join(tree.body.text.split())


@pytest.mark.parametrize(
    "html",
    [
        rf"<div style='display:none'>\({MACROS}\)</div>",
        f"<p>$${MACROS}$$</p>",
        rf"<div class='hidden'><span class='process-math'>\({MACROS}\)</span></div>",
        rf"<div id='latex-macros'>\({MACROS * 200}\)</div>",
        rf"<p>\[{MACROS}\]</p><p>${MACROS}$</p>",
        rf"<div hidden>\({MACROS} \newcommand{{\lt}}{{&lt;}} \setlength{{\a}}{{b}}\)</div>",
        r"<div style='display: none'>$\require{AMScd}$</div>",
    ],
)
def test_elements_that_only_define_macros_are_removed(html):
    assert remaining(f"<p>before</p>{html}<p>after</p>").replace(" ", "") == "beforeafter"


@pytest.mark.parametrize(
    "html",
    [
        rf"<p>Let \({MACROS} x \in \R\) be a number.</p>",
        r"<p>The command \newcommand defines a macro.</p>",
        rf"<pre>{MACROS}</pre>",
        rf"<div><pre>{MACROS}</pre></div>",
        "<p>Words alone.</p>",
    ],
)
def test_elements_with_other_content_stay(html):
    before = HTMLTree.parse(f"<!doctype html><body>{html}</body>").body.text
    assert remaining(html) == " ".join(before.split())


def test_definitions_take_linear_time_in_nested_elements():
    html = "<div>" * 60 + rf"<p>\({MACROS * 20}\)</p>" * 50 + "</div>" * 60
    assert remaining(html) == ""
