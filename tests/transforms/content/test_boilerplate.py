import pytest

from transforms.content.blocks import Block
from transforms.content.boilerplate import LEGAL, MAYBE_LEGAL, drop_boilerplate

TEXT = Block(
    "p", "A sentence that runs on and on, so that it cannot be taken for an item of a menu. " * 4
)


def kept(*blocks):
    return [block.text for block in drop_boilerplate(list(blocks)) if block is not TEXT]


def line(text, link=0, kind="p"):
    return Block(kind, text, link=link)


@pytest.mark.parametrize(
    "text", ["We use Cookies.", "PRIVACY POLICY", "\u00a9 2019", "Sign up today", "\u7248\u6743"]
)
def test_the_fast_pattern_matches_legal_words_too(text):
    assert LEGAL.search(text)
    assert MAYBE_LEGAL.search(text.lower())


def test_link_lines_are_dropped_and_sentences_with_a_link_kept():
    assert kept(line("Home", 4), TEXT, line("See the theorem of Lagrange on it.", 8), TEXT) == [
        "See the theorem of Lagrange on it."
    ]


def test_titles_with_a_link_are_kept_and_teasers_dropped():
    assert kept(line("Question", 8, "h1"), TEXT, line("Teaser", 6, "h4"), TEXT) == ["Question"]


def test_refrains_are_dropped_and_recurring_labels_of_content_kept():
    posts = [
        block
        for i in range(3)
        for block in (line(f"{i + 7} posts"), line("Member"), TEXT, line("Proof."), TEXT)
    ]
    assert kept(*posts) == ["Proof."] * 3


def test_lines_that_do_not_recur_are_kept():
    assert kept(TEXT, line("2 posts"), line("Member"), TEXT) == ["2 posts", "Member"]


@pytest.mark.parametrize(
    "date",
    ["Nov. 19, 2019 8:03 am ET", "asked 2021-05-19 by Ann", "19.05.2024", "2024年5月1日 来源"],
)
def test_datelines_are_dropped(date):
    assert kept(TEXT, line(date), TEXT) == []


@pytest.mark.parametrize(
    "text", ["In 1905 he proved it.", "Theorem 3", "$t = 8:03$", "1, 2, 3, 5, 8, 13"]
)
def test_other_lines_with_numbers_are_kept(text):
    assert kept(TEXT, line(text), TEXT) == [text]


def test_short_lines_around_the_text_are_dropped_except_titles():
    head = [line("Section", kind="h1"), line("Print"), line("Share"), line("A+")]
    tail = [line("Privacy"), line("\u00a9 2024 All rights reserved."), line("Top")]
    assert kept(*head, TEXT, *tail) == ["Section"]


def test_one_or_two_short_lines_at_an_edge_are_kept():
    assert kept(line("Let"), TEXT, line("q.e.d.")) == ["Let", "q.e.d."]


def test_a_text_too_short_to_have_edges_is_unchanged():
    short = [line("Why?"), line("Why"), line("not"), line("then")]
    assert drop_boilerplate(short) == short


@pytest.mark.parametrize(
    "heading", ["Related articles", "Leave a reply", "相关阅读", "Leggi anche"]
)
def test_an_announcement_of_other_pages_and_what_follows_are_dropped(heading):
    assert kept(TEXT, TEXT, line(heading, kind="h3"), line("Teaser of another page " * 4)) == []
    assert kept(line(heading, kind="h3"), TEXT, TEXT, TEXT)[:1] in ([heading], [])


def test_an_announcement_followed_by_mathematics_is_kept():
    formula = line("\ue0001\ue001")
    assert kept(TEXT, TEXT, line("Related results", kind="h3"), formula) == [
        "Related results",
        formula.text,
    ]


@pytest.mark.parametrize(
    "block",
    [line("\ue0001\ue001"), line("$x$", 3), line("| a | b |", kind="row"), line("x", kind="pre")],
)
def test_formulas_rows_and_code_are_kept_in_any_position(block):
    lines = [line("a"), line("b"), line("c")]
    assert kept(*lines, block, TEXT, *lines, block) == [block.text, "a", "b", "c", block.text]


def sized(size, start="", end="", **options):
    """Return a line of exactly `size` Latin letters."""
    return line(start + "a" * (size - len(start) - len(end)) + end, **options)


def is_dropped(block):
    """Return whether a block between two texts is dropped."""
    return kept(TEXT, block, TEXT) == []


def is_dropped_at_the_edge(block):
    """Return whether a block is dropped that follows the text after enough short lines."""
    return block.text not in kept(TEXT, line("x"), line("y"), block)


@pytest.mark.parametrize(("times", "expected"), [(2, 4), (3, 0)])
def test_a_refrain_recurs_three_times(times, expected):
    assert len(kept(*[line("Reply"), line("Quote"), TEXT] * times)) == expected


def test_a_page_of_three_refrains_loses_them():
    assert kept(*[line("Reply")] * 3) == []


@pytest.mark.parametrize(("weight", "expected"), [(79, 0), (80, 3)])
def test_a_refrain_weighs_less_than_80(weight, expected):
    assert len(kept(*[sized(weight, link=weight // 2), TEXT] * 3)) == expected


@pytest.mark.parametrize(("weight", "expected"), [(10, 0), (11, 3)])
def test_a_lone_refrain_is_a_link_to_a_fifth(weight, expected):
    assert len(kept(*[sized(weight, link=2), TEXT] * 3)) == expected


@pytest.mark.parametrize(
    ("kind", "share"),
    [("p", 80), ("ul", 95), ("ol", 95), ("h3", 95), ("h4", 95), ("h5", 95), ("h6", 95)],
)
def test_a_link_line_has_a_share_of_links_by_its_kind(kind, share):
    assert is_dropped(sized(100, link=share, kind=kind))
    assert not is_dropped(sized(100, link=share - 1, kind=kind))


@pytest.mark.parametrize("kind", ["h1", "h2", "row", "head"])
def test_titles_and_rows_are_never_link_lines(kind):
    assert not is_dropped(sized(100, link=100, kind=kind))


def test_a_dateline_weighs_less_than_60():
    assert is_dropped(sized(59, "19.05.2024 ", link=2))
    assert not is_dropped(sized(60, "19.05.2024 ", link=2))


def test_edges_are_trimmed_from_a_weight_of_250_on():
    edge = [line("x"), line("y"), line("z")]
    assert drop_boilerplate([*edge, sized(249)]) == [*edge, sized(249)]
    assert drop_boilerplate([*edge, sized(250)]) == [sized(250)]


def test_up_to_two_short_lines_are_kept_at_each_edge():
    first, second, third = line("x"), line("y"), line("z")
    assert kept(first, second, TEXT, first, second) == ["x", "y", "x", "y"]
    assert kept(first, second, third, TEXT, first, second) == ["x", "y"]
    assert kept(first, second, TEXT, first, second, third) == ["x", "y"]


@pytest.mark.parametrize("options", [{}, {"kind": "ul"}])
def test_a_line_at_the_edge_weighs_25_to_be_text(options):
    assert is_dropped_at_the_edge(sized(24, **options))
    assert not is_dropped_at_the_edge(sized(25, **options))


def test_a_sentence_weighs_25_without_its_links():
    assert is_dropped_at_the_edge(sized(30, end=".", link=6))
    assert not is_dropped_at_the_edge(sized(30, end=".", link=5))


def test_a_sentence_is_at_most_half_a_link():
    assert is_dropped_at_the_edge(sized(60, end=".", link=31))
    assert not is_dropped_at_the_edge(sized(60, end=".", link=30))


@pytest.mark.parametrize("kind", ["ul", "ol"])
def test_an_item_at_the_edge_is_a_link_to_less_than_nine_tenths(kind):
    assert is_dropped_at_the_edge(sized(100, link=90, kind=kind))
    assert not is_dropped_at_the_edge(sized(100, link=89, kind=kind))


def test_a_legal_notice_weighs_less_than_400():
    assert is_dropped_at_the_edge(sized(399, "cookies "))
    assert not is_dropped_at_the_edge(sized(400, "cookies "))


@pytest.mark.parametrize(("before", "expected"), [(699, 3), (700, 1)])
def test_an_announcement_follows_seven_tenths_of_the_text(before, expected):
    blocks = [sized(before), line("Related", kind="h3"), sized(1000 - before)]
    assert len(drop_boilerplate(blocks)) == expected


@pytest.mark.parametrize(("weight", "expected"), [(59, 1), (60, 3)])
def test_an_announcement_weighs_less_than_60(weight, expected):
    blocks = [sized(700), sized(weight, "Related ", kind="h3"), sized(300)]
    assert len(drop_boilerplate(blocks)) == expected
