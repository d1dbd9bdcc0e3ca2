import pytest
from resiliparse.parse.html import HTMLTree

from transforms.formulas.eaten_underscores import restore_underscores


def restored(html):
    tree = HTMLTree.parse(f"<!doctype html><p>{html}</p>")
    restore_underscores(tree.document, html)
    return tree.body.text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (r"$E<em>{in} \approx E</em>{out}$", r"$E_{in} \approx E_{out}$"),
        ("$x<em>1 + y</em>2 = 3$", "$x_1 + y_2 = 3$"),
        ("$$a<em>1 + b</em>1 + c<em>2 + d</em>2$$", "$$a_1 + b_1 + c_2 + d_2$$"),
        (r"\(x<em>1 + y</em>2\)", r"\(x_1 + y_2\)"),
        ("$a<em>1$ and $b</em>2$", "$a_1$ and $b_2$"),
        (r"\(x_<em>1 + y_</em>1\)", r"\(x_1 + y_1\)"),
    ],
)
def test_emphasis_within_the_words_of_a_formula_is_two_underscores(html, text):
    assert restored(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "from $5 <em>to</em> $10",
        "cooler ($179) <em>Memory:</em> 128 GB ($394)",
        "$x$ is <em>not</em> $y$",
        "un<em>frigging</em>believable, $x$",
        "$124.50 × 1.5 <em>=</em> $186.75",
    ],
)
def test_other_emphasis_stays(html):
    text = HTMLTree.parse(f"<!doctype html><p>{html}</p>").body.text
    assert restored(html) == text
