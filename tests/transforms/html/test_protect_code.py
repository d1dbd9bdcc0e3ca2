import pytest
from resiliparse.parse.html import HTMLTree

from transforms.html.protect_code import protect_code, show_code
from transforms.pages.extract import extract


@pytest.mark.parametrize(
    "html",
    [
        "<pre>echo $HOME\n    \\(x\\)  `ls`</pre>",
        "<code><span>$</span><span>x</span> [tex] ## </code>",
        "<pre><code>$a</code> $b</pre>",
    ],
)
def test_delimiters_in_code_are_hidden_and_restored(html):
    tree = HTMLTree.parse(html)
    before = tree.body.text
    assert protect_code(tree.document.query_selector_all("pre,code")[:])
    hidden = tree.body.text
    assert not set(hidden) & set("$\\`")
    assert show_code(hidden) == before


def test_the_layout_of_code_keeps_its_columns():
    tree = HTMLTree.parse("<pre>a = $b;\n    c</pre>")
    protect_code(tree.document.query_selector_all("pre")[:])
    assert len(tree.body.text) == len("a = $b;\n    c")


def test_code_without_delimiters_is_unchanged():
    tree = HTMLTree.parse("<code>x = y[1] + z</code>")
    assert not protect_code(tree.document.query_selector_all("code")[:])
    assert tree.body.text == "x = y[1] + z"


def test_a_lone_delimiter_in_code_survives_extraction():
    html = b"<p>the signs <code>$</code>, <kbd>`</kbd> and <tt>\\</tt> open something</p>"
    assert extract(html).text == "the signs $, ` and \\ open something"
