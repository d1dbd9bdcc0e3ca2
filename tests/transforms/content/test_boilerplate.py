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
    head = [line("Section", kind="h1"), line("Text size"), line("Large"), line("A+")]
    tail = [line("Privacy"), line("\u00a9 2024 All rights reserved."), line("Top")]
    assert kept(*head, TEXT, *tail) == ["Section"]


def test_one_or_two_short_lines_at_an_edge_are_kept():
    assert kept(line("Let"), TEXT, line("q.e.d.")) == ["Let", "q.e.d."]


def test_a_text_too_short_to_have_edges_is_unchanged():
    short = [line("Why?"), line("Why"), line("not"), line("then")]
    assert drop_boilerplate(short) == short


@pytest.mark.parametrize("heading", ["Related articles", "12 comments", "相关阅读", "Leggi anche"])
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
    assert len(kept(*[line("Member"), line("Offline"), TEXT] * times)) == expected


def test_a_page_of_three_refrains_loses_them():
    assert kept(*[line("Member")] * 3) == []


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
    assert is_dropped_at_the_edge(sized(399, "Our cookies "))
    assert not is_dropped_at_the_edge(sized(400, "Our cookies "))


@pytest.mark.parametrize(("before", "expected"), [(699, 3), (700, 1)])
def test_an_announcement_follows_seven_tenths_of_the_text(before, expected):
    blocks = [sized(before), line("Related posts", kind="h3"), sized(1000 - before)]
    assert len(drop_boilerplate(blocks)) == expected


@pytest.mark.parametrize(("weight", "expected"), [(59, 1), (60, 3)])
def test_an_announcement_weighs_less_than_60(weight, expected):
    blocks = [sized(700), sized(weight, "Related posts ", kind="h3"), sized(300)]
    assert len(drop_boilerplate(blocks)) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["17 is prime", "19 is prime", "23 is prime"],
        ["Session 3, room 2", "Session 10, room 9", "Session 17, room 1"],
        ["2 + 3 = 5", "3 + 4 = 7", "4 + 5 = 9", "2 + 3 = 5", "2 + 3 = 5"],
        ["Question 1", "Answer: 7", "Question 2", "Answer: 12", "Question 3", "Answer: 8"],
    ],
)
def test_lines_that_differ_in_digits_are_kept(lines):
    assert kept(TEXT, *map(line, lines), TEXT) == lines


def test_lines_that_differ_in_digits_are_dropped_if_they_are_links():
    assert kept(*[block for i in range(3) for block in (line(f"{i} votes", 2), TEXT)]) == []


@pytest.mark.parametrize(
    "label",
    [
        "(a)",
        "b)",
        "iii.",
        "12.",
        "Solution.",
        "Hint",
        "Proof:",
        "Answer 2",
        "Beweis.",
        "解",
        "证明",
    ],
)
def test_labels_of_parts_are_kept_wherever_they_recur_and_if_they_are_links(label):
    for link in (0, len(label)):
        blocks = [line(label, link), line("Member"), TEXT]
        assert kept(TEXT, *blocks * 3) == [label, "Member"] * 3


@pytest.mark.parametrize(
    "heading",
    ["Related rates", "Recommended exercises", "Popular proofs", "Comments", "Shared factors"],
)
def test_a_section_of_the_text_may_begin_with_a_word_of_furniture(heading):
    block = line(heading, kind="h2")
    assert kept(TEXT, TEXT, TEXT, block, TEXT) == [heading]


def test_comments_are_dropped_if_their_dates_follow():
    blocks = [line("Comments", kind="h2"), line("Ann, May 5, 2019"), line("Nice. " * 12)]
    assert kept(TEXT, TEXT, TEXT, *blocks) == []


@pytest.mark.parametrize(
    "text",
    ["Advertisement", "- Anzeige -", "Loading…", "Loading comments...", "Story continues below"],
)
def test_a_notice_is_dropped_and_the_text_after_it_kept(text):
    assert kept(TEXT, TEXT, TEXT, line(text), TEXT, line("The end.")) == ["The end."]


@pytest.mark.parametrize(
    "text",
    [
        "Anna bakes 24 cookies and gives 6 of them to every friend. How many get some?",
        "A jar of cookies costs 3 coins; how many jars can be bought for 12 coins?",
    ],
)
def test_word_problems_about_cookies_are_no_notices(text):
    head = [line("Problems", kind="h1"), line("First"), line("Second"), line(text)]
    assert text in kept(*head, TEXT)


@pytest.mark.parametrize(
    "text",
    ["The ratio is 2:30", "Simplify 12:48", "Reduce 2010/2", "1 + 2 + ... + 2024", "n = 2-2019"],
)
def test_ratios_and_sums_are_no_dates(text):
    assert kept(TEXT, line(text), TEXT) == [text]


def test_a_sentence_in_a_heading_begins_the_text():
    sentence = line(
        "For forty years this shop has sold clocks made by hand to all who came.", 0, "h4"
    )
    head = [line("Clocks", kind="h1"), line("Menu of all"), line("Cart"), line("Map"), sentence]
    assert sentence.text in kept(*head, TEXT)


def test_headings_with_nothing_under_them_are_dropped():
    title, empty, section = (line(name, kind="h2") for name in ("Title", "Empty", "Section"))
    part, last = line("Part", kind="h3"), line("Last", kind="h4")
    assert kept(title, TEXT, empty, section, part, TEXT, last) == ["Title", "Section", "Part"]
    label = line("(a)", kind="h4")
    assert kept(title, TEXT, label, label) == ["Title", "(a)", "(a)"]


def test_labels_whose_values_are_dropped_are_dropped():
    link = line("TeX, MathML", 9)
    assert kept(TEXT, line("Symbols:"), TEXT, line("Permalink:"), link, link, TEXT) == ["Symbols:"]


def test_a_list_of_links_under_a_heading_of_exercises_is_kept():
    items = [line(f"Sum of {i}", 8, "ul") for i in range(3)]
    exercises = [line("Exercises", kind="h2"), *items]
    assert kept(TEXT, *exercises) == ["Exercises", "Sum of 0", "Sum of 1", "Sum of 2"]
    assert kept(TEXT, line("Archive", kind="h2"), *items) == []


def test_the_titles_of_a_listing_are_kept():
    titles = [line(f"{i} A proof of the old lemma", 27) for i in range(3)]
    assert kept(line("1."), *titles, line("hide", 4)) == ["1.", *(title.text for title in titles)]


@pytest.mark.parametrize("heading", ["More on primes", "You may like to prove this"])
def test_a_section_of_text_after_an_ambiguous_heading_is_kept(heading):
    text = [Block("p", "a" * 300), Block("h3", heading), Block("p", "b" * 60)]
    link = Block("p", "A link to another page", link=22)
    assert drop_boilerplate([*text, link]) == text
    assert drop_boilerplate([text[0], text[1], link]) == text[:1]


@pytest.mark.parametrize(
    "notice", ["Cargando…", "加载中...", "Wird geladen…", "In [3]:", "Out[12]:"]
)
def test_messages_in_other_languages_and_prompts_are_dropped(notice):
    blocks = [Block("p", "a" * 60), Block("p", notice), Block("p", "b" * 60)]
    assert drop_boilerplate(blocks) == [blocks[0], blocks[2]]
