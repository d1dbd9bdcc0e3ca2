import pytest

from transforms.pages.extract import extract
from transforms.text.fingerprints import count_formulas


def page(body, head=""):
    filler = "<p>This paragraph is long enough to be taken for the main content of a page.</p>"
    main = f"<main>{filler}{body}{filler}</main>"
    return extract(f"<!doctype html><html>{head}<body>{main}</body></html>".encode())


@pytest.mark.parametrize(
    ("html", "formula"),
    [
        (r"so \(x^2\) holds", "$x^2$"),
        (r"so \[x^2\] holds", "$$x^2$$"),
        (r"so $x^2$ holds", "$x^2$"),
        (r"so \(x_<em>1 + y_</em>1\) holds", "$x_1 + y_1$"),
        ('so <script type="math/tex">x^2</script> holds', "$x^2$"),
        ('<math alttext="x^2"><mi>x</mi></math>', "$x^2$"),
        (r'<img src="a.png" alt="$\alpha^{2}$">', r"$\alpha^{2}$"),
        ("<i>E</i> = <i>mc</i><sup>2</sup>", "mc^{2}"),
    ],
)
def test_formulas_survive(html, formula):
    assert formula in page(f"<p>{html}</p>").text


def test_the_page_s_own_delimiters_and_macros_are_used():
    head = r"""<script>MathJax = {tex: {inlineMath: [['##', '##']],
      macros: {RR: "\\mathbb{R}"}}}</script><script src="/mathjax.js"></script>"""
    assert r"let $x \in \mathbb{R}$ be" in page(r"<p>let ##x \in \RR## be</p>", head).text


def test_asciimath_becomes_latex():
    head = '<script src="MathJax.js?config=AM_CHTML"></script>'
    assert r"so $\frac{1}{2}$ holds" in page("<p>so `1/2` holds</p>", head).text


def test_formulas_are_counted_in_all_and_by_markup():
    extraction = page(r"<p>\(x\), <math><mi>y</mi></math> and \[z\]</p>")
    assert extraction.formulas == 3
    assert extraction.markups == {"delimited": 2, "mathml": 1}
    assert count_formulas(extraction.text) == 3


def test_prices_and_code_hold_no_formulas():
    extraction = page("<p>from $5 to $10 in <code>$x^2$</code></p>")
    assert "from $5 to $10 in" in extraction.text
    assert "$x^2$" in extraction.text
    assert extraction.formulas == 0


def test_a_page_without_text_has_an_empty_text():
    assert extract(b"<html><body><script>f()</script></body></html>").text.strip() == ""
    assert extract(b"").text == ""


def test_a_tree_too_deep_for_the_main_region_is_read_as_plain_text():
    html = b"<div>" * 3000 + b"<p>at the bottom</p>"
    assert "at the bottom" in extract(html).text
