import pytest

from transforms.extract_text import count_formulas, extract


def page(body):
    filler = "<p>This paragraph is long enough to be taken for the main content of a page.</p>"
    html = f"<!doctype html><html><body><main>{filler}{body}{filler}</main></body></html>"
    return extract(html.encode()).text


@pytest.mark.parametrize(
    ("html", "formula"),
    [
        (r"so \(x^2\) holds", r"\(x^2\)"),
        (r"so $x^2$ holds", r"$x^2$"),
        ('so <script type="math/tex">x^2</script> holds', "$x^2$"),
        ('<script type="math/tex; mode=display">x^2</script>', "$$x^2$$"),
        (
            "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x^2"
            "</annotation></semantics></math>",
            "$x^2$",
        ),
        ('<math alttext="x^2"><mi>x</mi></math>', "$x^2$"),
        (r'<img src="a.png" alt="$\alpha^{2}$">', r"$\alpha^{2}$"),
    ],
)
def test_formulas_survive(html, formula):
    assert formula in page(f"<p>{html}</p>")


def test_formulas_are_counted():
    assert count_formulas(r"a $x$ b $$y$$ c \(z\) d \[w\]") == 4
    assert extract(b"<p>$x$ and $y$</p>").formulas == 2


def test_a_page_without_text_has_none():
    assert extract(b"<html><body><script>f()</script></body></html>").text.strip() == ""


def test_a_tree_too_deep_for_main_content_is_read_plainly():
    html = b"<div>" * 3000 + b"<p>at the bottom</p>"
    assert "at the bottom" in extract(html).text
