import pytest
from resiliparse.parse.html import HTMLTree

from transforms.content.main_text import main_text

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


def test_numbers_that_no_code_follows_stay():
    assert code_of("<pre>1\n2\n3</pre>") == "1\n2\n3"


def test_an_element_within_a_line_ends_no_line():
    assert code_of('<pre><span class="line">a</span> + b\nc</pre>') == "a + b\nc"


def test_code_in_one_line_of_text_stays_in_it():
    page = f"<p>{PROSE} So <code style='white-space:pre'>x  = 1</code> is <code>y</code>.</p>"
    assert main_text(HTMLTree.parse(page)).text == f"{PROSE} So x = 1 is y."
