"""Each kind of markup on a separate page: to add one, add a row here and in `MARKUPS`."""

import json
import re
import weakref
from html import escape
from pathlib import Path
from time import process_time

import pytest
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.formulas.replace import replace_formulas
from transforms.formulas.write import write_formulas

TEX = r"\frac{a}{b}+x^{2}"
MATHML = (
    "<math><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>+</mo><msup><mi>x</mi><mn>2</mn></msup></math>"
)
ANNOTATED = (
    '<math><semantics><mrow><mi>a</mi></mrow><annotation encoding="application/x-tex">'
    f"{TEX}</annotation></semantics></math>"
)
SVG = (
    '<svg role="img"><g><g data-mml-node="math"><g data-mml-node="mfrac"><g data-mml-node="mi">'
    '<path data-c="1D44E"></path></g><g data-mml-node="mi"><use data-c="1D44F"></use></g><rect/>'
    '</g><g data-mml-node="mo"><path data-c="2B"></path></g><g data-mml-node="msup"><g '
    'data-mml-node="mi"><path data-c="1D465"></path></g><g data-mml-node="mn" '
    'transform="translate(605,363) scale(0.707)"><path data-c="32"></path></g></g></g></g></svg>'
)
ESCAPED = TEX.replace("\\", "\\\\")  # as in JSON
QUOTED = "%5Cfrac%7Ba%7D%7Bb%7D%2Bx%5E%7B2%7D"


def written(html):
    """Return the whole text of a page with its formulas, white space as single spaces."""
    tree = HTMLTree.parse(f"<!doctype html><body><p>so {html} holds</p></body>")
    marked = replace_formulas(tree, html)
    text = extract_plain_text(tree, preserve_formatting=False, main_content=False)
    return " ".join(write_formulas(text, marked, html).text.split())


@pytest.mark.parametrize(
    "html",
    [
        rf'<script type="math/tex">{TEX}</script>',
        f'<script type="math/mml">{MATHML}</script>',
        MATHML,
        MATHML.replace("<", "<mml:").replace("<mml:/", "</mml:"),
        ANNOTATED,
        rf'<math alttext="{TEX}"><mi>a</mi></math>',
        f"<math>{TEX}</math>",
        f'<span class="katex"><span class="katex-mathml">{ANNOTATED}</span>'
        '<span class="katex-html" aria-hidden="true">ab</span></span>',
        '<span class="katex--inline"><span class="katex"><span class="katex-mathml">\n a\n\n b\n\n'
        f'  {TEX}\n\n</span><span class="katex-html">ab</span></span></span>',
        f'<mjx-container jax="CHTML"><mjx-math data-latex="{TEX}"><mjx-mi data-latex="a">'
        "</mjx-mi></mjx-math></mjx-container>",
        '<mjx-container jax="SVG"><svg><g/></svg><mjx-assistive-mml>'
        f"{MATHML}</mjx-assistive-mml></mjx-container>",
        f'<mjx-container jax="SVG">{SVG}</mjx-container>',
        f'<span style="cursor:pointer">{SVG}</span>',
        f'<mjx-container jax="SVG"><svg><title>{TEX}</title><g/></svg></mjx-container>',
        f'<span class="mjpage"><span class="mjx-chtml"><span class="mjx-math" aria-label="{TEX}">'
        "<span>ab</span></span></span></span>",
        f"<span class='MathJax_SVG' data-mathml='{MATHML}'><svg><g/></svg></span>",
        f'<span class="MathJax_Preview">{TEX}</span>',
        f'<span class="mwe-math-element">{ANNOTATED}<img alt="{TEX}" '
        'class="mwe-math-fallback-image-inline"></span>',
        f'<span class="ztext-math" data-eeimg="1" data-tex="{TEX}"><span>ab</span></span>',
        f'<span class="any-name" data-of-any-name="{TEX}">ab</span>',
        f'<span class="math-container">{TEX}</span>',
        f'<span class="math-container">${TEX}$</span>',
        f'<span class="wp-katex-eq" data-display="false">{TEX}</span>',
        f'<code class="language-math">{TEX}</code>',
        f"<dt-math>{TEX}</dt-math>",
        "<mathjax>#a/b+x^2#</mathjax>",
        '<span data-asciimath="a/b+x^2"></span>',
        f"<var>{TEX}</var>",
        f'<svg class="latex"><title>{TEX}</title><path/></svg>',
        f'<img class="tex" alt="{TEX}" src="a.png">',
        f'<img src="https://t.example/svg.latex?{QUOTED}">',
        f'<img data-src="/latex.php?latex={QUOTED}&amp;bg=ffffff" src="data:image/gif;base64,R0">',
        f'<span id="k"></span><script>katex.render({TEX!r}, k);</script>',
    ],
)
def test_every_kind_of_markup_becomes_latex_between_dollars(html):
    assert written(html) == f"so ${TEX}$ holds"


@pytest.mark.parametrize(
    "html",
    [
        f'<script type="math/tex; mode=display">{TEX}</script>',
        MATHML.replace("<math>", '<math display="block">'),
        f'<span class="katex-display"><span class="katex">{ANNOTATED}</span></span>',
        f'<mjx-container display="true" data-latex="{TEX}"></mjx-container>',
        '<div class="mwe-math-element"><div class="mwe-math-mathml-display">'
        f"{ANNOTATED}</div></div>",
        f'<div class="math">{TEX}</div>',
        '<div class="latex-rendered" data-attrs="{&quot;persistentExpression&quot;:&quot;'
        f'{ESCAPED}&quot;}}" data-component-name="LatexBlockToDOM"></div>',
        f"<div data-props='{{&quot;latex&quot;: &quot;{ESCAPED}&quot;}}'></div>",
        f"<d-math block>{TEX}</d-math>",
        rf'<img class="formulaDsp" alt="\[ {TEX} \]" src="form_0.png">',
        rf'<img src="i.png" alt="\begin{{displaymath}}{TEX}\end{{displaymath}}">',
        f'<pre><code class="language-math">{TEX}</code></pre>',
    ],
)
def test_display_formulas_get_double_dollars(html):
    assert f"$${TEX}$$" in written(html)


@pytest.mark.parametrize(
    ("attributes", "annotation"),
    [
        ('alttext="Equation"', ""),
        ('alttext="a over b plus x squared"', ""),
        ('alttext="a/b+x^(2+0)"', ""),
        (r'alttext="\NVar{a}@{b}"', ""),
        (r'alttext="\frac{a}{b"', ""),
        ("", '<annotation encoding="text/x-asciimath">a/b+x^2</annotation>'),
        ("", '<annotation encoding="text/x-mathematica">a/b+x^2</annotation>'),
        ("", '<annotation encoding="StarMath 5.0">a over b + x^2</annotation>'),
        ("", r'<annotation encoding="application/x-tex">\ifrac{a}{b}</annotation>'),
    ],
)
def test_what_is_not_tex_loses_against_the_elements(attributes, annotation):
    elements = MATHML.removeprefix("<math>").removesuffix("</math>")
    semantics = f"<semantics><mrow>{elements}</mrow>{annotation}</semantics>"
    assert written(f"<math {attributes}>{semantics}</math>") == f"so ${TEX}$ holds"


@pytest.mark.parametrize(
    "encoding",
    ["application/x-tex", "TeX", "LaTeX", "text/x-latex", "application/x-tex; mode=inline"],
)
def test_annotations_in_tex_win_over_the_elements(encoding):
    annotation = f'<annotation encoding="{encoding}">{TEX}</annotation>'
    html = f"<math><semantics><mi>q</mi>{annotation}</semantics></math>"
    assert written(html) == f"so ${TEX}$ holds"


@pytest.mark.parametrize(
    "rendered",
    [
        '<span class="MathJax_Preview"></span><span class="MathJax" id="M-1-Frame"><nobr>ab</nobr>'
        f'<span class="MJX_Assistive_MathML">{MATHML}</span></span>',
        '<div class="MathJax_Display"><span class="MathJax" '
        f"data-mathml='{MATHML}'>ab</span></div>",
        f'<span class="MathJax_Preview">{TEX}</span>\n',
    ],
)
def test_a_rendered_duplicate_is_removed_only_if_its_source_exists(rendered):
    assert written(f'{rendered}<script type="math/tex">{TEX}</script>') == f"so ${TEX}$ holds"
    assert f"{TEX}$" in written(rendered)


@pytest.mark.parametrize(
    "duplicates",
    [
        f'{MATHML}<img src="eq1.gif" alt="{TEX}">',
        f'<span class="f"><span>{MATHML}</span></span> <b><img src="e.gif" alt="{TEX}"></b>',
        f'<img class="lazy latex" src="data:image/gif;base64,R0" alt="{TEX}"><noscript>'
        f'<img class="latex" src="/latex.php?latex={QUOTED}"></noscript>',
        rf'<script type="math/tex">{TEX}</script><noscript>\({TEX}\)</noscript>',
    ],
)
def test_a_formula_in_two_kinds_of_markup_is_written_once(duplicates):
    assert written(duplicates) == f"so ${TEX}$ holds"


def test_two_equal_formulas_in_one_kind_of_markup_are_both_written():
    assert written(f"<math>{TEX}</math> <math>{TEX}</math>") == f"so ${TEX}$ ${TEX}$ holds"


def test_an_image_in_noscript_is_taken_out_of_it():
    html = f'<noscript><img src="a.png" alt="{TEX}"></noscript><script>draw("x")</script>'
    tree = HTMLTree.parse(f"<p>so {html}</p>")
    replace_formulas(tree, html)
    assert tree.body.query_selector("noscript") is None


def test_classes_that_differ_only_in_case_are_distinguished():
    quirks = '<div class="mathjax">A title and all that follows it, no formula at all</div>'
    tree = HTMLTree.parse(quirks)  # without a doctype, ".MathJax" selects it
    assert replace_formulas(tree, quirks).formulas == []


@pytest.mark.parametrize(
    "html",
    [
        '<span class="mathematics">Mathematics for beginners</span>',
        '<img class="math-logo" alt="Department of Mathematics" src="l.png">',
        '<img src="/texture_of_brick.jpg" alt="texture_of_brick">',
        r'<a data-model="App\Models\Topic">topic</a>',
        r'<input data-pattern="^\d+$">',
        """<div data-props='{"text": "\\frac"}'>prose</div>""",
        "<var>file_name</var>",
        '<div class="math"><p>A theorem about alpha and beta.</p></div>',
    ],
)
def test_what_only_looks_like_mathematics_is_unchanged(html):
    tree = HTMLTree.parse(f"<!doctype html><p>{html}</p>")
    before = tree.body.text
    assert replace_formulas(tree, html).formulas == []
    assert tree.body.text == before


def test_delimiters_in_code_do_not_count():
    html = r"<code>$x^2$</code> <pre>a \(y_1\) `z`</pre> and $v^2$"
    assert written(html) == r"so \$x^2\$ a \(y_1\) `z` and $v^2$ holds"
    tree = HTMLTree.parse(f"<p>{html}</p>")
    marked = replace_formulas(tree, html)
    assert write_formulas(tree.body.text, marked, html).markups == ["delimited"]


def test_formulas_inside_a_formula_are_part_of_it():
    html = f'<span class="katex-display"><span class="katex">{ANNOTATED}</span></span>'
    tree = HTMLTree.parse(html)
    marked = replace_formulas(tree, html)
    assert [formula.tex for formula in marked.formulas] == [TEX]
    assert marked.markups == ["katex"]


def test_the_guide_names_files_that_exist():
    root = Path(__file__).parents[3]
    guide = (root / "docs" / "mathematics-in-html.md").read_text()
    table = [line.split("|")[2] for line in guide.splitlines() if line.startswith("| ")][1:]
    names = {name for cell in table for name in re.findall(r"`([a-z_/]+\.py)`", cell)}
    assert len(names) > 10
    assert {name for name in names if not (root / name).exists()} == set()


def test_nested_elements_named_after_mathematics_take_linear_time():
    html = '<span class="math">' * 90 + "words and words " * 5000 + "</span>" * 90
    tree = HTMLTree.parse(html)
    start = process_time()
    assert replace_formulas(tree, html).formulas == []
    assert process_time() - start < 3


@pytest.mark.slow
@pytest.mark.timeout(300)  # each used to take many minutes
@pytest.mark.parametrize(
    "html",
    [
        "<p>kept</p>" + '<span class="katex">' * 30_000,
        "<p>kept</p>" + '<span class="MathJax">' * 30_000,
        "<p>kept</p>" + "<mjx-container>" * 30_000,
        "<p>kept</p>" + "<var>" * 250 + "words " * 300_000,
        "<p>kept</p>" + ("<sub>" * 200 + "text " + "</sub>" * 200) * 300,
    ],
)
def test_a_tree_deeper_than_any_page_is_left_unchanged(html):
    tree = HTMLTree.parse(html)
    assert replace_formulas(tree, html).formulas == ()
    assert tree.body.text.startswith("kept")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_very_many_images_in_one_paragraph_are_all_read():
    html = "<p>" + '<img alt="$x$" class="latex" src="a">' * 50_000
    assert len(replace_formulas(HTMLTree.parse(html), html).formulas) == 50_000


GLYPH = '<svg><path d="M0 0h9"></path></svg>'


@pytest.mark.parametrize(
    "element",
    [
        f'<mjx-container class="MathJax" jax="SVG">{GLYPH}</mjx-container>',
        '<mjx-container jax="CHTML"><mjx-math><mjx-c></mjx-c></mjx-math></mjx-container>',
        f'<span class="MathJax_SVG">{GLYPH}</span>',
        f'<div class="MathJax_SVG_Display"><span class="MathJax_SVG">{GLYPH}</span></div>',
        f'<span class="mjpage">{GLYPH}</span>',
        '<math><annotation encoding="StarMath 5.0">a over b</annotation></math>',
        '<math><mglyph src="x.png"/></math>',
        '<span class="mwe-math-element"><img src="/math/render/svg/0a07" alt=""></span>',
        '<img class="equation" src="eq3.png">',
        '<script type="math/mml"><math><mglyph src="x.png"/></math></script>',
    ],
)
def test_a_formula_that_cannot_be_read_leaves_a_visible_placeholder(element):
    html = f"<p>so {element} holds</p>"
    tree = HTMLTree.parse(html)
    marked = replace_formulas(tree, html)
    written = write_formulas(tree.body.text, marked, html)
    assert written.text == "so [unreadable formula] holds"
    assert written.markups == []


@pytest.mark.parametrize(
    "element",
    [
        "<math></math>",
        "<math><mphantom><mi>x</mi></mphantom></math>",
        "<math><mspace width='1em'/></math>",
        "<math><mo>&#x2061;</mo></math>",
        '<mjx-container jax="SVG"></mjx-container>',
        '<span class="MathJax_Preview"></span>',
        '<span class="MathJax_SVG"></span>',
    ],
)
def test_an_element_that_shows_nothing_is_no_lost_formula(element):
    html = f"<p>so {element} holds</p>"
    tree = HTMLTree.parse(html)
    marked = replace_formulas(tree, html)
    assert write_formulas(tree.body.text, marked, html).text.split() == ["so", "holds"]


def test_a_rendering_that_cannot_be_read_is_not_lost_if_its_source_can():
    html = (
        f'<p><span class="MathJax_SVG">{GLYPH}</span><script type="math/tex">x^2</script> and '
        f'<span class="mjpage">{GLYPH}</span><img alt="$y$" src="y.png">.</p>'
    )
    tree = HTMLTree.parse(html)
    marked = replace_formulas(tree, html)
    assert write_formulas(tree.body.text, marked, html).text == "$x^2$ and $y$."


@pytest.mark.parametrize(
    "html",
    [
        f'<code class="code math js-render-math" data-math-style="inline">{TEX}</code>',
        f'<code data-math-style="inline">{TEX}</code>',
        f'<span data-math-style="inline" class="x">{TEX}</span>',
        f'<math-renderer class="js-inline-math">${TEX}$</math-renderer>',
        f'<inline-formula><tex-math notation="LaTeX">${TEX}$</tex-math></inline-formula>',
        f"<inline-formula>{TEX}</inline-formula>",
        f'<span class="inline-formula"><tex-math>{TEX}</tex-math></span>',
        r"<inline-formula><tex-math>\documentclass{minimal}\usepackage{amsmath}\begin{document}"
        rf"$${TEX}$$\end{{document}}</tex-math></inline-formula>",
        f"<inline-formula><alternatives><tex-math>{TEX}</tex-math><mml:math><mml:mi>a</mml:mi>"
        "</mml:math></alternatives></inline-formula>",
        f"<inline-formula><alternatives><mml:math><mml:mi>a</mml:mi></mml:math><tex-math>{TEX}"
        "</tex-math></alternatives></inline-formula>",
        f"<span data-attrs='{json.dumps({'persistentExpression': TEX})}'></span>",
        f'<span data-attrs="{escape(json.dumps({"id": "x", "latex": TEX}))}"></span>',
        f"[;{TEX};]",
        f"[; {TEX} ;]",
        f"<code>[;{TEX};]</code>",
    ],
)
def test_markup_of_forges_journals_and_newsletters_is_read_inline(html):
    tree = HTMLTree.parse(f"<p>so {html} holds</p>")
    marked = replace_formulas(tree, html)
    assert write_formulas(tree.body.text, marked, html).text == f"so ${TEX}$ holds"


@pytest.mark.parametrize(
    "html",
    [
        f'<pre data-math-style="display"><code>{TEX}</code></pre>',
        f'<pre class="code math js-render-math" data-math-style="display">{TEX}</pre>',
        f'<pre lang="math" data-math-style="display"><code><span>{TEX}</span></code></pre>',
        f'<disp-formula id="d1"><tex-math notation="LaTeX">${TEX}$</tex-math></disp-formula>',
        f"<disp-formula><label>(1)</label><tex-math>{TEX}</tex-math></disp-formula>",
        f"<disp-formula>{TEX}</disp-formula>",
        rf"<tex-math>\begin{{equation*}}{TEX}\end{{equation*}}</tex-math>",
        '<div data-component-name="LatexBlockToDOM" '
        f'data-attrs="{escape(json.dumps({"persistentExpression": TEX}))}"></div>',
    ],
)
def test_markup_of_forges_journals_and_newsletters_is_read_as_display(html):
    tree = HTMLTree.parse(f"<div>so {html} holds</div>")
    marked = replace_formulas(tree, html)
    assert write_formulas(tree.body.text, marked, html).text.split() == [
        "so",
        f"$${TEX}$$",
        "holds",
    ]


def test_mathml_of_a_journal_without_tex_is_read_on_its_own():
    html = "<disp-formula><label>(1)</label><math><mi>x</mi></math></disp-formula>"
    tree = HTMLTree.parse(html)
    assert replace_formulas(tree, html).markups == ["mathml"]


def test_code_costs_few_nodes_however_many_words_a_highlighter_colours(monkeypatch):
    def nodes(words: int) -> int:
        created = []
        set_item = weakref.WeakValueDictionary.__setitem__

        def count(self, key, value):
            created.append(key)
            set_item(self, key, value)

        monkeypatch.setattr(weakref.WeakValueDictionary, "__setitem__", count)
        lines = "<span class=k>if</span> a[0] == $x:\n" * words
        replace_formulas(HTMLTree.parse(f"<pre><code>{lines}</code></pre>"), "")
        monkeypatch.undo()
        return len(created)

    assert 0 < nodes(10) == nodes(1000)
