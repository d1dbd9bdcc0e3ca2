import pytest

from transforms.content.blocks import Block
from transforms.content.boilerplate import LEGAL, MAYBE_LEGAL, drop_boilerplate

TEXT = Block("p", "A sentence that runs on and on, so that nobody takes it for a menu's item. " * 4)


def kept(*blocks):
    return [block.text for block in drop_boilerplate(list(blocks)) if block is not TEXT]


def line(text, link=0, kind="p"):
    return Block(kind, text, link=link)


@pytest.mark.parametrize(
    "text", ["We use Cookies.", "PRIVACY POLICY", "\u00a9 2019", "Sign up today", "\u7248\u6743"]
)
def test_what_is_legal_is_found_by_its_stem_first(text):
    assert LEGAL.search(text)
    assert MAYBE_LEGAL.search(text.lower())


def test_lines_of_links_go_and_sentences_with_a_link_stay():
    assert kept(line("Home", 4), TEXT, line("See the theorem of Lagrange on it.", 8), TEXT) == [
        "See the theorem of Lagrange on it."
    ]


def test_titles_that_link_to_themselves_stay_and_teasers_go():
    assert kept(line("Question", 8, "h1"), TEXT, line("Teaser", 6, "h4"), TEXT) == ["Question"]


def test_refrains_go_and_recurring_labels_of_content_stay():
    posts = [
        block
        for i in range(3)
        for block in (line(f"{i + 7} posts"), line("Member"), TEXT, line("Proof."), TEXT)
    ]
    assert kept(*posts) == ["Proof."] * 3


def test_refrains_need_to_recur():
    assert kept(TEXT, line("2 posts"), line("Member"), TEXT) == ["2 posts", "Member"]


@pytest.mark.parametrize(
    "date",
    ["Nov. 19, 2019 8:03 am ET", "asked 2021-05-19 by Ann", "19.05.2024", "2024年5月1日 来源"],
)
def test_lines_that_say_when_go(date):
    assert kept(TEXT, line(date), TEXT) == []


@pytest.mark.parametrize(
    "text", ["In 1905 he proved it.", "Theorem 3", "$t = 8:03$", "1, 2, 3, 5, 8, 13"]
)
def test_lines_with_numbers_stay(text):
    assert kept(TEXT, line(text), TEXT) == [text]


def test_short_lines_before_and_after_the_text_go_but_for_titles():
    head = [line("Section", kind="h1"), line("Print"), line("Share"), line("A+")]
    tail = [line("Privacy"), line("\u00a9 2024 All rights reserved."), line("Top")]
    assert kept(*head, TEXT, *tail) == ["Section"]


def test_one_or_two_short_lines_at_the_edge_are_no_frame():
    assert kept(line("Let"), TEXT, line("q.e.d.")) == ["Let", "q.e.d."]


def test_a_text_too_short_to_have_edges_is_left():
    short = [line("Why?"), line("Why"), line("not"), line("then")]
    assert drop_boilerplate(short) == short


@pytest.mark.parametrize(
    "heading", ["Related articles", "Leave a reply", "相关阅读", "Leggi anche"]
)
def test_what_an_announcement_of_other_pages_leads_to_goes(heading):
    assert kept(TEXT, TEXT, line(heading, kind="h3"), line("Teaser of another page " * 4)) == []
    assert kept(line(heading, kind="h3"), TEXT, TEXT, TEXT)[:1] in ([heading], [])


def test_nothing_goes_with_an_announcement_where_mathematics_follows():
    formula = line("\ue0001\ue001")
    assert kept(TEXT, TEXT, line("Related results", kind="h3"), formula) == [
        "Related results",
        formula.text,
    ]


@pytest.mark.parametrize(
    "block",
    [line("\ue0001\ue001"), line("$x$", 3), line("| a | b |", kind="row"), line("x", kind="pre")],
)
def test_formulas_rows_and_code_stay_wherever_they_stand(block):
    lines = [line("a"), line("b"), line("c")]
    assert kept(*lines, block, TEXT, *lines, block) == [block.text, "a", "b", "c", block.text]
