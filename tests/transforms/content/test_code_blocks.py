import cProfile

import pytest
from resiliparse.parse.html import HTMLTree

from transforms.content.main_text import main_text
from transforms.content.prepare_tree import prepare_tree

PROSE = "A group is abelian if any two of its elements commute, which is rarer than one may hope."
TWO_LINES = "def f(x):\n    return x"


def code_of(html):
    """Return the one fenced block of a page with this code."""
    page = f"<!doctype html><body><p>{PROSE}</p>{html}<p>{PROSE}</p>"
    before, code, after = main_text(HTMLTree.parse(page)).text.split("```")
    assert (before, after) == (f"{PROSE}\n\n", f"\n\n{PROSE}")
    return code.strip("\n")


def cells(numbers, code, of_numbers, of_code="code"):
    row = f'<td class="{of_numbers}">{numbers}</td><td class="{of_code}">{code}</td>'
    return f"<table><tr>{row}</tr></table>"


@pytest.mark.parametrize(
    "html",
    [
        "<pre>def f(x):\n    return x\n</pre>",
        "<pre>def f(x):<br>    return x</pre>",
        "<pre>def f(x):<br>&nbsp;&nbsp;&nbsp; return x</pre>",
        "<pre><code><div class=line>def f(x):</div><div>    return x</div></code></pre>",
        "<pre><div><div>def f(x):</div></div>\n<div><div>    return x</div></div></pre>",
        '<pre><span style="display:block">def f(x):</span>'
        '<span style="display: block">    return x</span></pre>',
        '<pre><span class="line">def f(x):</span><span class="line">    return x</span></pre>',
        '<pre><span class="line">def <b>f</b>(x):</span>\n'
        '<span class="line">    return x</span></pre>',
        '<pre><span class="line"><span class="cl">def f(x):\n</span></span>'
        '<span class="line"><span class="cl">    return x\n</span></span></pre>',
        "<pre><code>def f(x):</code><code>    return x</code></pre>",
        "<pre><code>def f(x):</code>\n<code>    return x</code></pre>",
        '<pre><button>Copy</button><span class="linenos">1</span>def f(x):\n'
        '<span class="linenos">2</span>    return x</pre>',
        '<pre><ol class="linenums"><li>def f(x):</li><li>    return x</li></ol></pre>',
        '<pre><table><tr><td class="hljs-ln-numbers">1</td><td>def f(x):</td></tr>'
        '<tr><td class="hljs-ln-numbers">2</td><td>    return x</td></tr></table></pre>',
        cells("<pre>1\n2</pre>", "<pre>def f(x):\n    return x</pre>", "linenos"),
        cells("<pre>1<br>2<br></pre>", "<pre>def f(x):<br>    return x<br></pre>", "gutter"),
        cells("<div><pre>7\n8</pre></div>", "<pre>def f(x):\n    return x</pre>", "a", "b"),
        cells(
            "<div>1</div><div>2</div>",
            "<div><code>def</code> <code>f(x):</code></div>"
            "<div><code>&nbsp;&nbsp;&nbsp;&nbsp;</code><code>return x</code></div>",
            "gutter",
        ),
        '<div><div class="gutter">1\n2</div><pre>def f(x):\n    return x</pre></div>',
        '<code style="display:block; white-space:pre-wrap">def f(x):\n    return x</code>',
        '<div style="white-space: pre">def f(x):\n    return x</div>',
        "<p><code>def f(x):<br>    return x</code></p>",
        '<pre><span class="linenos">1</span>def f(x):\n'
        '<span class="linenos">2</span>    return x</pre>',
        # Prism with its toolbar; CodeMirror; Ace, live and static; Monaco.
        '<div class="code-toolbar"><pre><code>def f(x):\n    return x</code></pre>'
        '<div class="toolbar"><span>Python</span></div></div>',
        '<div class="CodeMirror-code"><div><div class="CodeMirror-linenumber">1</div>'
        "<pre>def f(x):</pre></div><div><div class='CodeMirror-gutter-elt'>2</div>"
        "<pre>    return x</pre></div></div>",
        '<div class="ace_editor"><div class="ace_gutter"><div>1</div><div>2</div></div><div>'
        '<div class="ace_layer ace_text-layer"><div class="ace_line">def f(x):</div>'
        '<div class="ace_line">    return x</div></div></div></div>',
        '<div class="ace_static_highlight"><div class="ace_line"><span class="ace_gutter-cell">1'
        '</span>def f(x):\n</div><div class="ace_line"><span class="ace_gutter-cell">2</span>'
        "    return x\n</div></div>",
        '<div class="view-lines"><div class="view-line"><span>def&nbsp;f(x):</span></div>'
        '<div class="view-line"><span>&nbsp;&nbsp;&nbsp;&nbsp;return x</span></div></div>',
        # GitHub; LaTeXML; tex4ht; rehype-pretty-code.
        '<table class="highlight js-file-line-container"><tr><td class="blob-num"></td>'
        '<td class="blob-code">def f(x):</td></tr><tr><td class="blob-num"></td>'
        '<td class="blob-code">    return x</td></tr></table>',
        '<div class="ltx_listing"><div class="ltx_listing_data"><a href="data:,x">⬇</a></div>'
        '<div class="ltx_listingline"><span class="ltx_tag_listingline">1</span>def f(x):</div>'
        '<div class="ltx_listingline"><span class="ltx_tag_listingline">2</span>    return x</div>'
        "</div>",
        '<div class="lstlisting">def&nbsp;f(x):<br>&nbsp;&nbsp;&nbsp;&nbsp;return&nbsp;x<br></div>',
        '<pre><code><span data-line="">def f(x):</span><span data-line="">    return x</span>'
        "</code></pre>",
        # CSDN; cnblogs; Juejin; a column of numbers with breaks.
        '<pre><code>def f(x):\n    return x\n</code><ul class="pre-numbering"><li>1</li><li>2</li>'
        "</ul></pre>",
        '<pre><span style="color: #008080">1</span> def f(x):\n'
        '<span style="color: #008080">2</span>     return x</pre>',
        '<pre><div class="code-block-extension-header">python<div>复制代码</div></div>'
        "<code>def f(x):\n    return x</code></pre>",
        '<pre><span class="copyCodeBtn">Copy</span>def f(x):\n    return x</pre>',
        cells("1<br>2", "<pre>def f(x):\n    return x</pre>", "line-number"),
        # Jupyter, without its prompt.
        "<div>In&nbsp;[1]:</div><pre>def f(x):\n    return x</pre>",
    ],
)
def test_the_lines_of_code_are_those_that_a_browser_shows_without_line_numbers(html):
    assert code_of(html) == TWO_LINES


@pytest.mark.parametrize(
    "html",
    [
        "<pre><div>a</div><div></div><div>b</div></pre>",
        "<pre><span class=line>a</span>\n<span class=line></span>\n<span class=line>b</span></pre>",
        "<pre><span class=line>a</span><span class=line></span><span class=line>b</span></pre>",
        "<pre>a<br><br>b</pre>",
    ],
)
def test_an_empty_line_of_code_stays(html):
    assert code_of(html) == "a\n\nb"


def test_coloured_numbers_stay_unless_each_line_begins_with_one():
    number = '<span style="color: #008080">1</span>'
    assert code_of(f"<pre>{number} + 2\nx</pre>") == "1 + 2\nx"


def test_formulas_in_a_listing_keep_their_lines():
    lines = "".join(f"<div>{i}: \ue000{i}\ue001</div>" for i in range(2))
    page = f"<p>{PROSE}</p><div class=ltx_listing>{lines}</div>"
    text = main_text(HTMLTree.parse(page)).text
    assert text == f"{PROSE}\n\n0: \ue0000\ue001\n1: \ue0001\ue001"


def test_numbers_that_no_code_follows_stay():
    assert code_of("<pre>1\n2\n3</pre>") == "1\n2\n3"


def test_an_element_within_a_line_ends_no_line():
    assert code_of('<pre><span class="line">a</span> + b\nc</pre>') == "a + b\nc"


def test_code_in_one_line_of_text_stays_in_it():
    page = f"<p>{PROSE} So <code style='white-space:pre'>x  = 1</code> is <code>y</code>.</p>"
    assert main_text(HTMLTree.parse(page)).text == f"{PROSE} So x = 1 is y."


def test_code_in_columns_that_are_nested_takes_linear_time():
    def calls(levels: int) -> int:
        html = '<table><tr><td class="gutter">1</td><td class="code">' * levels + "text"
        profile = cProfile.Profile()
        profile.runcall(prepare_tree, HTMLTree.parse(html).document, html)
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(400) < 5 * calls(100)


def test_nested_blocks_of_code_are_one_block():
    assert code_of("<pre>a\n<pre>b\n</pre>c</pre>") == "a\nb\nc"
