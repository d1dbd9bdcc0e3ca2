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


def test_definitions_are_removed_whether_scripts_have_others_or_not():
    script = r"<script>MathJax = '\\newcommand\\def'</script>"
    definition, text = r"<p>\def\R{\mathbb R}</p>", "<p>text</p>"
    pages = [definition + script, script + definition, script + script + definition + script]
    pages += [script + definition + r"<script>\let", definition]
    for page in pages:
        tree = HTMLTree.parse(page + text if page[-1] == ">" else text + page)
        remove_definitions(tree.document, page)
        assert [node.text for node in tree.document.query_selector_all("p")[:]] == ["text"]
    kept = HTMLTree.parse(script + text)
    remove_definitions(kept.document, script + text)
    assert kept.document.query_selector("script") is not None


def test_many_commands_and_scripts_take_linear_time():
    tree = HTMLTree.parse("<p>text")
    remove_definitions(tree.document, r"<script>\let</script>" * 50_000 + r"\let" * 100_000)
    remove_definitions(tree.document, r"\let<script>" * 50_000)
