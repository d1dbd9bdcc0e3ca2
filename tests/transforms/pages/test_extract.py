import pytest

from transforms.html.markers import MARKERS
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


def test_money_and_code_are_escaped_beside_formulas():
    text = page(r"<p>off by $100,000 for one at $125,000, the error \(e\) is large</p>").text
    assert r"off by \$100,000 for one at \$125,000, the error $e$ is large" in text
    assert count_formulas(text) == 1
    shell = page(r"<p>set PATH=$HOME/bin:$PATH, $(this) for \(e\)</p>").text
    assert r"set PATH=\$HOME/bin:\$PATH, \$(this) for $e$" in shell
    inline = page(r"<p>use <code>prior$a + y, prior$b</code> for \(e\)</p><pre>a$b</pre>").text
    assert r"use prior\$a + y, prior\$b for $e$" in inline
    assert "```\na$b\n```" in inline
    assert "5$ or 10$, A\\$10, NZ$ 20" in page(r"<p>5$ or 10$, A$10, NZ$ 20 for \(e\)</p>").text
    code = page(r"<p>use prior$a + y, prior$b for \(e\)</p>").text
    assert r"use prior\$a + y, prior\$b for $e$" in code


def test_a_page_without_text_has_an_empty_text():
    assert extract(b"<html><body><script>f()</script></body></html>").text.strip() == ""
    assert extract(b"").text == ""


def test_a_tree_too_deep_for_the_main_region_is_read_as_plain_text():
    html = b"<div>" * 3000 + b"<p>at the bottom</p>"
    assert "at the bottom" in extract(html).text


LONG = "x + " * 400 + "y"
FORGED = (  # ways in which a page can write the placeholder of its first formula
    "\ue0000\ue001",
    "&#xE000;0&#xE001;",
    "&#xe000;0&#57345;",
    "&#573440&#57345",
    "&#x0000E000;00&#xE001;",
    "&amp;#xE000;0&amp;#xE001;",
    "&#xE0&#xE000;00;0&#xE0&#xE000;01;",
    '<img class="math" alt="&#xE000;0&#xE001; \\alpha">',
    '<img class="math" alt="&amp;#xE000;0&amp;#xE001; \\alpha">',
    '<img src="https://latex.codecogs.com/svg.latex?%EE%80%800%EE%80%81\\alpha">',
    '<span data-latex="\\alpha &amp;#xE000;0&amp;#xE001;"></span>',
    '<math><mi>\ue000</mi><mn>0</mn><mi>&#xE001;</mi></math>',
    '<math alttext="&amp;#xE000;0&amp;#xE001;\\alpha"><mi>x</mi></math>',
    '<script type="math/tex">\\alpha &#xE000;0&#xE001;</script>',
    '<script type="math/tex">\\unicode{xE000}0\\unicode{xE001}</script>',
    '<script>katex.render("\\uE0000\\uE001 \\\\alpha", f)</script>',
    '<span class="mjx-chtml"><span class="mjx-math"><span class="mjx-mi"><span class="mjx-char '
    'mjx-cE000"></span></span></span></span>',
    "\\(&#xE000;0&#xE001;\\)",
    "$&#xE000;0&#xE001;$ and $a_1$",
    "<table><tr><td>&#xE000;0&#xE001;</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
    "<h1>&#xE000;0&#xE001;</h1>",
    "<pre><code>&#xE000;0&#xE001; &#xFDD0;x&#xFDD0;</code></pre>",
)  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_no_page_can_print_a_formula_twice(forged):
    html = f'<p><script type="math/tex">{LONG}</script></p>' + f"<p>{forged}</p>\n" * 30
    text = page(html).text
    assert text.count(LONG) == 1
    assert len(text) < len(html) + 1000
    assert not set(text) & set(MARKERS)


def test_the_page_s_delimiters_cannot_be_markers():
    raw = r"""<script>MathJax = {tex: {inlineMath: [['\uE000', '\uE001'], ['<', '>']]}}</script>"""
    head = (
        raw.replace("<'", "\ue000'").replace("'>", "'\ue001") + "<script src=mathjax.js></script>"
    )
    body = '<p>so <script type="math/tex">x^2</script> holds</p>'
    assert "so $x^2$ holds" in page(body, head).text


def test_no_page_can_forge_a_region_or_the_row_of_a_table():
    plain = "<p>0a0 bc de</p><p>x</p>"
    forged = """<p>&#xE002;0&#xE003;a&#xE004;0&#xE003; \ue005b\ue007c\ue008
      &#xE005;d&#xE007;e&#xE008;</p><p>&#xE006;x</p>"""
    assert page(forged).text == page(plain).text


def test_invisible_characters_are_removed_before_words_and_formulas_are_read():
    body = """<p>Die Un&shy;gleichung von Cauchy\u200b und &#xFEFF;Schwarz&lrm; sei
      \\(\u2060x^2\u200e\\)</p>
      <p>\u200b</p><p>\u0645\u06cc&zwnj;\u062e\u0648\u0627\u0647\u0645 shelf&zwnj;ful</p>"""
    text = page(body).text
    assert "\n\nDie Ungleichung von Cauchy und Schwarz sei $x^2$\n\n\u0645\u06cc\u200c" in text
    assert " shelfful\n" in text


def test_soft_hyphens_in_a_title_and_in_code_are_removed():
    html = (
        "<h1>Un&shy;gleichung</h1><p>"
        + "A text of some length. " * 20
        + "</p><pre>a\u200bb = c</pre>"
    )
    text = extract(html.encode()).text
    assert text.startswith("# Ungleichung\n")
    assert "\nab = c\n" in text


def test_an_empty_element_of_xhtml_does_not_swallow_the_page():
    html = b"""<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>
      <script src="a.js"/></head><body>
      <a id="x"/><p>Let <math><mi>x</mi></math> be real.</p></body></html>"""
    for content_type in ("application/xml", "application/xhtml+xml", None):
        assert extract(html, content_type).text == "Let $x$ be real."


def test_the_share_of_links_and_the_words_of_prose_are_measured():
    names = ("Abel", "Baer", "Cantor", "Dirac", "Euler", "Fermat", "Gauss", "Hilbert")
    links = "".join(
        f"<p>In the chapter on {name} one reads of <a href=/{name}>the groups that {name} found "
        f"and their actions on sets</a>, which {name} did not yet call so in any paper.</p>"
        for name in names
    )
    listed = extract(f"<h1>Contents</h1>{links}".encode())
    assert 0.3 < listed.link_share < 0.5
    assert 12 * len(names) < listed.prose_words < 20 * len(names)
    prose = extract(b"<h1>Sets</h1><p>" + b"Let $x + y$ be a number. " * 20 + b"</p>")
    assert (prose.link_share, prose.prose_words) == (0, 20 * 5)
    formula = "<math><mi>x</mi><mo>=</mo><mi>y</mi></math>" * 30
    symbols = "<p><a href=/x>Symbol</a> <a href=/y>Symbol</a></p>"
    assert extract(f"<p>{formula}</p>{symbols}".encode()).link_share < 0.2
