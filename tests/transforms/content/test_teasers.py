from transforms.content.blocks import Block
from transforms.content.boilerplate import drop_boilerplate
from transforms.content.teasers import without_teasers

TEXT = [Block("p", "a" * 500)]
TITLE = "A title that is long enough"


def is_dateline(block):
    return block.text.endswith("ago")


def teaser(*, title=TITLE, summary="b" * 400, date="3 hours ago"):
    return [Block("h2", title, len(title)), Block("p", date), Block("p", summary)]


def test_a_run_of_five_teasers_next_to_a_text_is_dropped():
    assert without_teasers(TEXT + teaser() * 5, is_dateline) == TEXT
    assert without_teasers(teaser() * 5 + TEXT, is_dateline) == TEXT
    assert without_teasers(TEXT + teaser() * 4, is_dateline) == TEXT + teaser() * 4


def test_sections_with_formulas_or_long_text_or_without_dates_are_no_teasers():
    for unit in (teaser(summary="b" * 401), teaser(summary="so $x$"), teaser(date="Part 1")):
        assert without_teasers(TEXT + unit * 5, is_dateline) == TEXT + unit * 5
    short = teaser(title="Short")
    assert without_teasers(TEXT + short * 5, is_dateline) == TEXT + short * 5


def test_a_page_of_teasers_only_is_kept():
    page = [Block("p", "a" * 499), *teaser() * 5]
    assert without_teasers(page, is_dateline) == page


def test_a_title_without_a_date_ends_a_run():
    page = TEXT + teaser() * 3 + teaser(date="Part 1") + teaser() * 3
    assert without_teasers(page, is_dateline) == page


def test_dates_of_teasers_may_be_relative():
    assert drop_boilerplate(TEXT + teaser() * 5) == TEXT
