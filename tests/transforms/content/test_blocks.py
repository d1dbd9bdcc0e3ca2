import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.content.blocks import (
    CELL,
    ROW,
    ROW_ENDS,
    TEXT_LINE_WEIGHT,
    Block,
    most_prose,
    read_blocks,
    read_lines,
)


def minimal(html):
    return extract_plain_text(HTMLTree.parse(html), preserve_formatting="minimal_html", links=True)


def kinds_and_texts(html):
    return [(block.kind, block.text) for block in read_blocks(minimal(html))]


def test_each_block_has_its_kind():
    html = """<h1>a</h1><p>b</p><ul><li>c<ol><li>d</ol><li>e</ul>f<pre>  g
        h</pre><blockquote>i</blockquote>"""
    assert kinds_and_texts(html) == [
        ("h1", "a"), ("p", "b"), ("ul", "c"), ("ol", "d"), ("ul", "e"), ("p", "f"),
        ("pre", "  g\n        h"), ("p", "i"),
    ]  # fmt: skip


def test_items_have_their_depth():
    blocks = read_blocks(minimal("<ul><li>a<ul><li>b</ul><li>c</ul><p>d</p>"))
    assert [(block.text, block.depth) for block in blocks] == [
        ("a", 1), ("b", 2), ("c", 1), ("d", 0),
    ]  # fmt: skip


def test_further_paragraphs_of_an_item_are_paragraphs():
    assert kinds_and_texts("<ul><li><p>a</p><p>b</p><li>c</ul>d") == [
        ("ul", "a"), ("p", "b"), ("ul", "c"), ("p", "d"),
    ]  # fmt: skip


def test_escaped_characters_are_unescaped():
    assert kinds_and_texts("<p>&lt;p&gt; &amp;amp; &quot;</p>") == [("p", '<p> &amp; "')]
    assert kinds_and_texts("<pre>&lt;/pre&gt; &lt;a&gt;</pre>") == [("pre", "</pre> <a>")]


def test_white_space_is_collapsed_except_line_breaks():
    assert kinds_and_texts("<p>a\n  b&nbsp; c<br>d</p>e") == [("p", "a b c\nd"), ("p", "e")]
    assert kinds_and_texts("<div>a<br><br>b</div>") == [("p", "a"), ("p", "b")]
    assert kinds_and_texts("<h2>a<br>b<div>c</div></h2>") == [("h2", "a\nb c")]


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ("<p>a <a href=/x>bcd</a> e</p>", [3]),
        ("<p>a <a name=x></a>b <a href=/y>cd</a></p>", [2]),
        ("<p>a <a href='/x'></a>bcd</p><p>e</p>", [0, 0]),
        ("<p>a <a href='#x'>bcd</a></p>", [0]),
        ("<a href=/x><div>ab</div><div>cde</div></a>f", [2, 3, 0]),
    ],
)
def test_links_are_counted_by_their_characters(html, links):
    assert [block.link for block in read_blocks(minimal(html))] == links


def test_an_empty_pre_does_not_turn_the_rest_into_code():
    assert kinds_and_texts("<p>a</p><pre></pre><p>b</p><pre>c</pre><p>d</p>")[-2:] == [
        ("pre", "c"), ("p", "d"),
    ]  # fmt: skip


def test_a_block_has_the_open_regions():
    text = "\ue0020\ue003\na\n\ue0021\ue003b\ue0041\ue003\nc\n\ue0040\ue003\nd"
    assert [(block.text, block.regions) for block in read_blocks(text)] == [
        ("a", (0,)), ("b", (0, 1)), ("c", (0,)), ("d", ()),
    ]  # fmt: skip


def test_rows_are_lines_and_stray_markers_are_removed():
    text = "\ue006a\ue007<p>b\n\nc</p>\ue008\n\ue005d\ue007\ue008\ne\ue007f \ue003g"
    assert [(block.kind, block.text) for block in read_blocks(text)] == [
        ("head", "| a | b c |"), ("row", "| d | |"), ("p", "ef g"),
    ]  # fmt: skip


def test_an_ideograph_weighs_two():
    assert Block("p", "abc").weight == 3
    assert Block("p", "数学 x").weight == 6


def test_prose_is_running_text_formulas_and_code():
    long = "x" * TEXT_LINE_WEIGHT
    assert Block("p", long).prose == TEXT_LINE_WEIGHT
    assert Block("p", long, link=1).prose == 0
    assert Block("p", long + long, link=TEXT_LINE_WEIGHT + 1).prose == 0
    assert Block("h2", long).prose == 0
    assert Block("p", "so \ue0001\ue001").prose == TEXT_LINE_WEIGHT
    assert Block("pre", "x=1").prose == 3


@given(
    st.text(
        alphabet="a\u00e9\u2019\u2026\u3001\u3042\u4e00\u9fff\uac00\ud7a3\uf900\ue000\U0001f600"
    )
)
def test_weight_counts_wide_letters_twice_in_any_text(text):
    wide = sum(letter in "\u3042\u4e00\u9fff\uac00\ud7a3\uf900" for letter in text)
    assert Block("p", text).weight == len(text) + wide


def test_a_flood_is_read_as_lines():
    assert read_lines('<p>a &lt;b&gt; <a href="/x">c</a></p>\n\n<p>d</p>\n') == [
        Block("p", "a <b> c\n\nd")
    ]
    assert read_lines("<p></p>") == []


@given(st.text(alphabet='<>/apulirh1bre="# \nx\ue000\ue001\ue002\ue003\ue004\ue005\ue007\ue008'))
def test_no_marker_is_left_in_any_markup(markup):
    for block in read_blocks(minimal(markup)):
        assert block.text.strip()
        assert not set(block.text) & set("\ue002\ue003\ue004\ue005\ue006\ue007\ue008")


@given(st.lists(st.text(alphabet="ab<>&\"' ", min_size=1).filter(str.strip), max_size=5))
def test_paragraphs_are_unchanged(texts):
    escaped = [t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for t in texts]
    html = "".join(f"<p>{text}</p>" for text in escaped)
    assert kinds_and_texts(html) == [("p", " ".join(text.split())) for text in texts]


PIECES = st.sampled_from([
    "<p>", "<ul><li>", "</ul>", "<br>", "<h2>", "</h2>", "<pre>", "</pre>", "\n", "<div>", "</div>",
    '<a href="/b">', '<a href="#b">', '<a href="">', "</a>", "&lt;", "word " * 9, "\u5b57" * 31,
    f"{ROW}a{CELL}bcd{ROW_ENDS}", "a", " ",
])  # fmt: skip


@given(st.lists(PIECES, max_size=20).map("".join))
def test_the_bound_of_the_prose_is_one(html):
    text = minimal(f"<body>{html}")
    assert most_prose(text) >= sum(block.prose for block in read_blocks(text))


def test_the_bound_is_0_for_links_and_short_lines():
    assert most_prose(minimal(f"<a href=/a>{'word ' * 20}</a><p>short<br>x<p>line")) == 0
    assert most_prose(minimal(f"<a href=#a>{'word ' * 20}</a><p>short")) >= 100
