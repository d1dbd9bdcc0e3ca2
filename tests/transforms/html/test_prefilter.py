import pytest
from resiliparse.parse.html import HTMLTree

from transforms.content.code_blocks import CODE_SELECTORS
from transforms.content.prepare_tree import SELECTORS
from transforms.formulas.replace import MARKUPS
from transforms.html.markers import MARKERS
from transforms.html.prefilter import prefilter

TAGS = [
    "math", "m:math", "mml:math", "mjx-container", "d-math", "tex-math", "var", "sub", "sup",
    "code", "kbd", "samp", "tt", "pre", "table", "h1", "li", "dt", "latex", "math-field",
    "article", "main",
]  # fmt: skip
# Pieces of attributes, some with signs that end a tag elsewhere.
ATTRIBUTES = [
    'class="MathJax_Preview"', 'class="mwe-math-element"',
    "class='a \"b tex'", "class=katex-display", 'CLASS = "x Formula"',
    'class="wide gutter"', "class=mjpage", 'class="d-none"', 'class="MJXc-display"',
    'style="color:red;white-space: pre"', "style=white-space:pre", 'src="/cgi/mimetex?x"',
    'alt="a > b, $x$"', 'alt="a<b" class="math"', "alt='&#92;frac'", 'alt="&bsol;frac"',
    "title='x \\in y'", 'src="chart?cht=tx&amp;chl=x"', "data-latex=x", 'type="math/tex"',
    "type='math/mml; mode=display'", 'start="3"', "reversed", 'value="7"', "type=a",
    'style="list-style: lower-roman"', 'data-equation-content="x"', "class=ee_img",
    "role=main", 'itemprop="articleBody"', "id=content", "id = 'main'", 'class="a content b"',
    "class=entry-content", "class='article-body'", 'class="articleBody"', 'class="line-numbers"',
]  # fmt: skip
NAMES = ["span", "div", "img", "IMG", "image", "amp-img", "script", "ol", "li", "pre", "svg", "td"]
SELECTORS_BY_PATTERN = [
    *((markup.pattern, markup.selectors) for markup in MARKUPS if markup.name != "mathjax_svg"),
    *CODE_SELECTORS.items(),
    *SELECTORS.items(),
]


@pytest.mark.parametrize(("pattern", "selector"), SELECTORS_BY_PATTERN)
def test_a_page_in_which_a_selector_matches_has_its_pattern(pattern, selector):
    pages = [f"<{tag}>x<a>" for tag in TAGS] + [f"<{tag.upper()}\nid=a>x" for tag in TAGS]
    pages += [f"<{name} {attribute}>" for name in NAMES for attribute in ATTRIBUTES]
    pages += [f'<{name} id="a>b" {attribute} >' for name in NAMES for attribute in ATTRIBUTES]
    pages += ["<code>a<br>b</code>", "<li>" + "<ul><li>" * 20, "<table><td class='line-number'>"]
    matching = [
        page
        for page in (f"<!doctype html><body>{page}" for page in pages)
        if HTMLTree.parse(page).document.query_selector(selector) is not None
    ]
    assert matching
    assert [page for page in matching if pattern not in prefilter(page)] == []


def test_plain_pages_have_no_pattern():
    page = "<html><head><title>a</title></head><body><p class='a'>b <a href='/c'>d</a></p></body>"
    assert prefilter(page) == frozenset()


def test_markers_are_found_raw_and_as_references():
    for marker in MARKERS:
        for page in (f"<p>{marker}", f"<p>&#{ord(marker)};", f"<p>&#X00{ord(marker):X}"):
            assert prefilter(page) == {"marker"}
    assert prefilter("<p>\ue009 \ufdd5 &#57353; &#xfdd5;") == frozenset()


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        (r"<script>\newcommand{\R}{x}</script>", "definition"),
        (r"\DeclareMathOperator*{\a}{b}", "definition"),
        ("<p>$x<em>1</em>$", "eaten_underscore"),
        ('<font size=2 face="Symbol">a</font>', "symbol_font"),
        ("<p style='font: 12pt &quot;Symbol&quot;'>", "symbol_font"),
        ('<table class="ltx_eqn_table">', "equation_table"),
        ("<disp-formula id=a>", "jats"),
        ('<b data-eeimg="1">', "tex_attribute"),
        (r"<b data-x='\frac12'>", "tex_attribute"),
        ('<script src="/MathJax.js">', "library"),
        ('<script onload="a < b" async src="katex.js">', "library"),
        ('<svg><g data-mml-node="math">', "mathjax_svg"),
        ('<svg><use xlink:href="#E1-MJMAIN-41">', "mathjax_svg"),
    ],
)
def test_other_patterns_are_found(source, pattern):
    assert pattern in prefilter(source)


def test_a_page_of_openers_takes_linear_time_and_a_lone_surrogate_is_no_error():
    assert "math_class" not in prefilter("<img class=" * 300_000)
    assert prefilter("\ud800 <pre>") == {"code", "pre"}
