import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.content.main_text import main_text

PROSE = "A group is abelian if any two of its elements commute, which is rarer than one may hope."
MORE = "Every subgroup of it is normal then, so that quotients can be formed without further care."


def text_of(body, formulas=0):
    return main_text(HTMLTree.parse(f"<!doctype html><body>{body}</body>"), formulas).text


def resiliparse_main(body, **options):
    tree = HTMLTree.parse(f"<!doctype html><body>{body}</body>")
    return extract_plain_text(tree, main_content=True, **options)


def test_headings_lists_and_paragraphs_become_markdown():
    body = f"""<main><h1>Groups <small>and</small> rings</h1><p>{PROSE}</p>
      <h2>Examples</h2><ul><li>the integers<ul><li>the even ones</ul><li>the circle</ul>
      <ol><li>first<li>second</ol><p>{MORE}</p></main>"""
    assert text_of(body) == (
        f"# Groups and rings\n\n{PROSE}\n\n## Examples\n\n- the integers\n  - the even ones\n"
        f"- the circle\n1. first\n2. second\n\n{MORE}"
    )


def test_code_keeps_its_indentation_and_its_angle_brackets():
    body = f"<p>{PROSE}</p><pre><code>for x in y:\n    if x &lt; 3:\n\n        f(x)\n</code></pre>"
    assert text_of(body) == f"{PROSE}\n\n```\nfor x in y:\n    if x < 3:\n\n        f(x)\n```"


def test_a_line_break_is_kept_and_two_separate_paragraphs():
    assert text_of(f"<div>{PROSE}<br>{MORE}<br><br>{PROSE}</div>") == f"{PROSE}\n{MORE}\n\n{PROSE}"


def test_menus_footers_and_hidden_parts_are_dropped():
    body = f"""<nav><ul><li><a href=/a>Home</a><li><a href=/b>Courses</a></ul></nav>
      <div class="sidebar"><p>{MORE}</p></div><div style="display: none">{MORE}</div>
      <h1>Groups</h1><p>{PROSE}</p><div role="dialog">{MORE}</div><footer>{MORE}</footer>"""
    assert text_of(body) == f"# Groups\n\n{PROSE}"


def test_the_posts_of_a_thread_are_all_kept_in_order():
    post = (
        '<article class="post"><div>{who}<br>Member</div><p>{text}</p>'
        "<a href=/r>Reply</a></article>"
    )
    texts = [f"Answer {i}: {PROSE} {MORE}" for i in range(4)]
    body = "".join(post.format(who=f"user{i}", text=text) for i, text in enumerate(texts))
    kept = text_of(f"<h1>Why abelian?</h1><div>{body}</div>")
    assert kept.startswith("# Why abelian?")
    assert [line for line in kept.split("\n\n") if line.startswith("Answer")] == texts
    assert "Reply" not in kept


def test_question_answers_and_comments_stay_in_order():
    body = f"""<h1><a href="/q/1">Is it abelian?</a></h1><div id="question"><p>{PROSE}</p>
      <ul class="comments"><li>What is the order of the group you have in mind?</ul></div>
      <h2>2 Answers</h2><div class="answer"><p>{MORE}</p></div>
      <div class="answer"><p>No, for the symmetric group on three letters is not.</p></div>"""
    assert text_of(body) == (
        f"# Is it abelian?\n\n{PROSE}\n\n- What is the order of the group you have in mind?\n\n"
        f"## 2 Answers\n\n{MORE}\n\nNo, for the symmetric group on three letters is not."
    )


def test_formulas_are_content_however_short_their_lines():
    body = f"""<p>{PROSE}</p><div>\ue0000\ue001</div><div>so</div><div>\ue0001\ue001</div>
      <p>{MORE}</p><p>\ue0002\ue001</p><p><a href=/x>\ue0003\ue001</a></p>"""
    assert text_of(body, 4) == (
        f"{PROSE}\n\n\ue0000\ue001\n\nso\n\n\ue0001\ue001\n\n{MORE}\n\n\ue0002\ue001\n\n\ue0003\ue001"
    )


def test_formulas_outside_of_the_apparent_content_are_not_lost():
    formulas = "".join(f"<p>\ue000{i}\ue001</p>" for i in range(9))
    kept = text_of(f'<p>{PROSE}</p><div class="sidebar">{formulas}</div>', 9)
    assert kept.count("\ue000") == 9


def test_text_in_apparent_furniture_is_not_lost():
    body = f'<div class="menu"><h1>Groups</h1><p>{PROSE} {MORE}</p><p>{MORE} {PROSE}</p></div>'
    assert text_of(body) == f"# Groups\n\n{PROSE} {MORE}\n\n{MORE} {PROSE}"


def placeholders(count):
    return "<p>\ue0001\ue001</p>" * count


@pytest.mark.parametrize(
    ("inside", "outside", "formulas", "expected"),
    [
        (0, 4, 4, 0),  # a page with fewer than 5 formulas
        (1, 4, 5, 5),
        (1, 3, 5, 1),  # fewer than twice as many and 3
        (34, 66, 100, 100),
        (35, 65, 100, 35),  # at least .35 of the formulas
    ],
)
def test_formulas_are_lost_if_few_of_them_are_in_the_text(inside, outside, formulas, expected):
    body = f"<p>{PROSE * 4}</p>{placeholders(inside)}"
    sidebar = f'<div class="sidebar">{placeholders(outside)}</div>'
    assert text_of(body + sidebar, formulas).count("\ue000") == expected


@pytest.mark.parametrize(
    ("inside", "outside", "is_read_again"),
    [(249, 872, False), (249, 873, True), (250, 9000, False)],  # 3.5 * 249 + 250 = 249 + 872.5
)
def test_text_is_lost_if_there_is_little_of_it_and_much_more_in_furniture(
    inside, outside, is_read_again
):
    text = text_of(f'<p>{"a" * inside}</p><div class="sidebar">{"b" * outside}</div>')
    assert ("b" in text) == is_read_again


def test_the_noscript_content_of_a_page_filled_by_scripts_is_read():
    body = f'<div id="app"></div><noscript><h1>Groups</h1><p>{PROSE} {MORE} {PROSE}</p></noscript>'
    assert text_of(body) == f"# Groups\n\n{PROSE} {MORE} {PROSE}"
    assert text_of(f"<p>{PROSE} {MORE} {PROSE}</p><noscript>Switch it on.</noscript>") == (
        f"{PROSE} {MORE} {PROSE}"
    )


def test_short_chinese_text_weighs_as_much_as_its_translation():
    text = "设群中任意两个元素可以交换，则称此群为阿贝尔群，它的子群都是正规子群，商群总是存在。"
    menu = "".join(f"<li><a href=/{i}>栏目{i}</a></li>" for i in range(9))
    assert text_of(f"<ul>{menu}</ul><div>{text}</div><ul>{menu}</ul>") == text


def test_a_title_outside_of_the_content_is_kept():
    body = (
        f"<div><h1>Groups</h1></div><article><p>{PROSE}</p><p>{MORE} {PROSE} {MORE}</p></article>"
    )
    assert text_of(body).startswith(f"# Groups\n\n{PROSE}")
    header = f'<div id="header"><h1>Groups</h1></div><p>{PROSE}</p>'
    assert text_of(header) == f"# Groups\n\n{PROSE}"


def test_a_page_without_text_or_body_has_no_main_text():
    assert text_of("") == ""
    assert main_text(HTMLTree.parse("")).text == ""
    assert main_text(HTMLTree.parse("<frameset><frame src=a></frameset>")).text == ""


@pytest.mark.parametrize("symbol", "\u2264\u2265\u2208\u2192\u2212\u221e\u2282\u221a\u2013\u306f")
def test_lone_symbols_are_kept(symbol):
    assert text_of(f"<p><i>x</i> {symbol} <i>y</i></p>") == f"x {symbol} y"
    assert text_of(f"<p><i>x</i><b>{symbol}</b><i>y</i></p>") == f"x{symbol}y"


def test_upstream_main_content_still_deletes_lone_symbols():
    assert "\u2264" not in resiliparse_main("<p><i>x</i> \u2264 <i>y</i></p>")


@pytest.mark.parametrize("depth", range(6))
def test_lists_are_kept_at_any_depth_and_with_links(depth):
    lists = f'<ul class="x"><li>by <a href=/x>Lagrange</a> {PROSE}</li><li>plain</li></ul>'
    body = f"<p>{MORE}</p>{'<div>' * depth}{lists}{'</div>' * depth}<p>{MORE}</p>"
    assert f"- by Lagrange {PROSE}\n- plain" in text_of(body)


def test_upstream_main_content_still_deletes_lists():
    shallow = f"<p>{PROSE}</p><ul><li>an item without a link</ul>"
    assert "item" not in resiliparse_main(shallow)
    linked = "<div>" * 6 + "<ul><li>see <a href=/x>the theorem</a> of it</ul>" + "</div>" * 6
    assert "theorem" not in resiliparse_main(linked)


@pytest.mark.parametrize("tag", ["figure", "aside", "time"])
def test_content_in_figures_asides_and_times_is_kept(tag):
    assert text_of(f"<p>{MORE}</p><{tag}>{PROSE}</{tag}><p>{MORE}</p>").count(PROSE) == 1
    assert text_of(f"<p>{MORE} On <time>May 5</time>, too.</p>").endswith("On May 5, too.")


def test_upstream_still_deletes_figures_asides_and_times():
    assert "x" not in resiliparse_main("<figure>x</figure>", alt_texts=False)
    assert "x" not in resiliparse_main("<div><div><aside>x</aside></div></div>")
    assert "x" not in resiliparse_main("<p><time>x</time></p>")


def cpu_seconds(function, *arguments):
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def test_deep_trees_take_linear_time():
    page = "<div>" * 30_000 + PROSE
    tree = HTMLTree.parse(page)
    assert cpu_seconds(main_text, tree) < 2
    assert main_text(HTMLTree.parse(page)).text == PROSE


@pytest.mark.slow
def test_upstream_main_content_still_takes_quadratic_time_on_deep_trees():
    def seconds(depth):
        tree = HTMLTree.parse("<div>" * depth + PROSE)
        return min(
            cpu_seconds(lambda: extract_plain_text(tree, main_content=True)) for _ in range(2)
        )

    assert seconds(6000) > 8 * seconds(1500)


@pytest.mark.slow
def test_deep_lists_do_not_take_quadratic_space():
    tree = HTMLTree.parse("<ul><li>" * 20_000 + PROSE)
    assert cpu_seconds(main_text, tree) < 2
    assert main_text(HTMLTree.parse("<ul><li>" * 5000 + PROSE)).text == PROSE


def test_an_item_of_class_content_is_still_an_item():
    body = f'<p>{PROSE}</p><ul><li class="content">a<li class="content">b</ul><p>{MORE}</p>'
    assert text_of(body) == f"{PROSE}\n\n- a\n- b\n\n{MORE}"


def test_upstream_still_indents_lists_by_their_depth_without_limit():
    tree = HTMLTree.parse("<ul><li>" * 2000 + PROSE)
    text = extract_plain_text(tree, preserve_formatting="minimal_html")
    assert len(text) > 2000 * 2000


def test_a_flood_of_tables_and_regions_takes_linear_time():
    page = "<article><table><tr><td>a<td>b<tr><td>c<td>d</table></article>" * 5000
    assert cpu_seconds(main_text, HTMLTree.parse(page)) < 3


@pytest.mark.slow
def test_upstream_iteration_over_a_live_selection_is_still_quadratic():
    document = HTMLTree.parse("<p>x</p>" * 300).document
    sliced = cpu_seconds(lambda: [n.tag for n in document.query_selector_all("p")[:]])
    live = cpu_seconds(lambda: [n.tag for n in document.query_selector_all("p")])
    assert live > 5 * sliced


def test_a_flood_of_lines_is_kept():
    page = f"<p>a <b>b</b></p><p>{PROSE}</p>" * 40_000
    kept = text_of(page)
    assert kept.count(PROSE) == 40_000


SENTENCES = st.lists(st.sampled_from([PROSE, MORE]), min_size=1, max_size=6)
NOISE = st.sampled_from(
    ["", "<hr>", "<a name=x></a>", "<pre></pre>", "<li>", "</div>", "<br>", "<td>"]
)


@given(SENTENCES, st.lists(NOISE, min_size=6, max_size=6))
def test_paragraphs_survive_any_tags_between_them(sentences, noise):
    sentences = [f"{number}, {text}" for number, text in enumerate(sentences)]
    body = "".join(f"{tag}<p>{text}</p>" for tag, text in zip(noise, sentences, strict=False))
    lines = [line.removeprefix("- ") for line in text_of(body).split("\n") if line]
    assert lines == sentences


@given(st.text(alphabet="<>/aplihrtdbu=\"'& \n\ue000\ue001\ue002\ue003\ue005\ue0071", max_size=200))
def test_any_markup_yields_text(markup):
    assert isinstance(text_of(markup), str)


def test_lists_have_the_numbers_of_the_page():
    body = f"""<p>{PROSE}</p><ol><li>a<li>b</ol><p>{MORE}</p><ol start=3><li>c<li value=7>d
      <li>e</ol><ol><li>f<ol><li>g<li>h</ol><li>i</ol><p>{MORE}</p>"""
    assert text_of(body) == (
        f"{PROSE}\n\n1. a\n2. b\n\n{MORE}\n\n3. c\n7. d\n8. e\n\n"
        f"1. f\n  1. g\n  2. h\n2. i\n\n{MORE}"
    )


@pytest.mark.parametrize("number", ["--1", "x", "", "1234567"])
def test_a_number_of_a_list_that_is_no_number_is_ignored(number):
    assert text_of(f'<p>{PROSE}</p><ol start="{number}"><li>a</ol><p>{MORE}</p>') == (
        f"{PROSE}\n\n1. a\n\n{MORE}"
    )


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (
            "<ol type=a start=3><li>x<ol type=i><li>y<li>z</ol><li>w</ol>",
            "c. x\n  i. y\n  ii. z\nd. w",
        ),
        ("<ol style='list-style-type: upper-roman'><li>x<li>y</ol>", "I. x\nII. y"),
        ("<ol class='upperalpha simple'><li>x<li>y</ol>", "A. x\nB. y"),
        ("<ol type=a><li value=5>x<li>y<li value=9>z</ol>", "e. x\nf. y\ni. z"),
        ("<ol reversed><li>x<ul><li>y</ul><li>z</ol>", "2. x\n  - y\n1. z"),
        ("<ol reversed start=10><li>x<li>y</ol>", "10. x\n9. y"),
        ("<ol start=0><li>x<li>y</ol>", "0. x\n1. y"),
        ("<ol start=-1><li>x<li>y</ol>", "-1. x\n0. y"),
        ("<ol><li><li>x</ol>", "2. x"),
        ("<ol><li><ol type=a><li>x</ol><li>y</ol>", "  a. x\n2. y"),
        ("<ol type=1><li>x</ol>", "1. x"),
        ("<ol type=disc><li>x</ol>", "1. x"),
    ],
)
def test_items_have_the_numbers_letters_and_numerals_that_a_browser_shows(items, expected):
    assert text_of(f"<p>{PROSE}{items}<p>{MORE}") == f"{PROSE}\n\n{expected}\n\n{MORE}"


def test_terms_of_a_definition_list_that_are_links_are_kept_with_their_definitions():
    terms = "<dl><dt><a href=g>Group</a><dd>A set.<dt><a href=r>Ring</a><dd>Two.</dl>"
    assert text_of(f"<p>{PROSE}{terms}<p>{MORE}") == (
        f"{PROSE}\n\nGroup\n\nA set.\n\nRing\n\nTwo.\n\n{MORE}"
    )
    menu = "<dl><dt><a href=g>Groups</a><dt><a href=r>Rings</a><dd><a href=f>Fields</a></dl>"
    assert text_of(f"<p>{PROSE}{menu}<p>{MORE}") == f"{PROSE}\n\n{MORE}"


def test_labels_of_links_to_their_own_section_are_dropped():
    body = f"""<h2>Rings<a href="#r">Link to this heading</a></h2><p>{PROSE}</p>
      <h2>Fields <a href="/p#f">Permalink</a></h2><p>{MORE}</p>"""
    assert text_of(body) == f"## Rings\n\n{PROSE}\n\n## Fields\n\n{MORE}"


def test_links_that_state_exercises_are_kept():
    items = "<ol><li><a href=a>Prove that the sum is even</a><li><a href=b>News of today</a></ol>"
    assert text_of(f"<p>{PROSE}{items}<p>{MORE}") == (
        f"{PROSE}\n\n1. Prove that the sum is even\n\n{MORE}"
    )


def test_permalinks_and_buttons_to_the_top_are_dropped_and_other_links_within_the_page_kept():
    body = f"""<h2>Rings <a href="#r">¶</a></h2><p>{PROSE} <a href="#p1">\U0001f517</a></p>
      <div><a href=a.html>Prev</a><a href="#">Top</a><a href=b.html>Next</a></div>
      <h3><a href="#s">Sets</a></h3><p>{MORE}</p>"""
    assert text_of(body) == f"## Rings\n\n{PROSE}\n\n### Sets\n\n{MORE}"


def test_the_characters_of_icon_fonts_are_dropped():
    assert (
        text_of(f"<h2><i>\uf062</i> Up</h2><p>{PROSE}\ue5ce \U000f0001</p>") == f"## Up\n\n{PROSE}"
    )


def test_of_text_and_its_twin_for_screen_readers_one_is_kept():
    body = """<p>Rest for 20<span class=sr-only> minutes</span> <span aria-hidden=true>min</span> or
      <a href=/u>Ada</a><span class="d-none">Ada</span><b class="visually-hidden">B</b> so.</p>"""
    assert text_of(body) == "Rest for 20 min or Ada so."


def test_what_bootstrap_hides_at_some_widths_only_is_kept():
    assert text_of(f'<p>{PROSE}</p><p class="d-none d-md-block">{MORE}</p>') == f"{PROSE}\n\n{MORE}"


def test_copies_for_other_screen_widths_are_dropped_and_quoted_paragraphs_kept():
    copy = f"<h1>Groups</h1><p>{PROSE}</p><p>{MORE}</p>"
    assert text_of(copy * 3) == f"# Groups\n\n{PROSE}\n\n{MORE}"
    posts = "".join(f"<p>{i} {PROSE}</p><p>{MORE}</p>" for i in range(6))
    assert text_of(f"{posts}<p>{MORE}</p>").count(MORE) == 7
