import pytest

from transforms.content.blocks import Block
from transforms.content.declared import BODY, MAIN, TEASERS, Region
from transforms.content.main_region import main_region

LONG = "A sentence that runs on and on, so that it cannot be taken for an item of a menu. " * 3


def mains(names):
    return [Region(MAIN, name) for name in names]


def texts(blocks, names):
    return [block.text for block in main_region(blocks, mains(names))]


def test_the_smallest_region_with_most_of_the_text_is_kept():
    blocks = [
        Block("p", "menu"),
        Block("p", LONG + "a", regions=(0, 1)),
        Block("p", LONG + "b", regions=(0, 1)),
        Block("p", "comments: " + LONG, regions=(0,)),
    ]
    assert texts(blocks, ["main ", "article "]) == [LONG + "a", LONG + "b"]


def test_siblings_with_the_same_name_are_kept_however_short_and_others_dropped():
    blocks = [
        Block("p", LONG * 3, regions=(0,)),
        Block("p", LONG, regions=(1,)),
        Block("p", "x", regions=(2,)),
        Block("p", LONG, regions=(3,)),
    ]
    names = ["div post", "div post", "div post", "div teaser"]
    assert texts(blocks, names) == [LONG * 3, LONG, "x"]


def test_the_last_title_above_is_kept_unless_the_region_has_one():
    above = [Block("h1", "Site"), Block("h1", "Page"), Block("p", "menu")]
    inside = [Block("p", LONG * 2, regions=(0,))]
    assert texts(above + inside, ["main "]) == ["Page", LONG * 2]
    titled = [Block("h1", "Title", regions=(0,)), *inside]
    assert texts(above + titled, ["main "]) == ["Title", LONG * 2]


def test_without_a_region_of_enough_weight_everything_is_kept():
    blocks = [Block("p", LONG), Block("p", "short", regions=(0,))]
    assert texts(blocks, ["main "]) == [LONG, "short"]
    assert texts(blocks, []) == [LONG, "short"]
    assert texts([], ["main "]) == []


def test_formulas_give_a_region_weight():
    formulas = [Block("p", f"\ue000{i}\ue001", regions=(0,)) for i in range(9)]
    assert main_region([Block("p", "short"), *formulas], mains(["main "])) == formulas


@pytest.mark.parametrize(("weight", "expected"), [(249, 2), (250, 1)])
def test_a_region_weighs_250(weight, expected):
    blocks = [Block("p", "menu"), Block("p", "a" * weight, regions=(0,))]
    assert len(main_region(blocks, mains(["article "]))) == expected


def test_the_only_main_of_a_short_page_is_kept_if_it_has_text():
    blocks = [Block("p", "menu"), Block("h1", "Norm", regions=(0,))]
    short = Block("p", "a" * 60, regions=(0,))
    assert texts(blocks, ["main "]) == ["menu", "Norm"]
    assert texts([*blocks, short], ["main "]) == ["Norm", "a" * 60]
    assert texts([*blocks, short], ["main ", "main x"]) == ["menu", "Norm", "a" * 60]


def test_a_title_above_the_region_is_kept_if_its_sections_are_titles_too():
    title = Block("h1", "Title", regions=(0,))
    text = [Block("p", LONG * 2, regions=(0, 1)), Block("h1", "Section", regions=(0, 1))]
    names = ["article ", "div post-content"]
    assert texts([title, *text], names) == ["Title", LONG * 2, "Section"]
    logo = Block("h1", "Site")
    assert texts([logo, *text], names) == [LONG * 2, "Section"]


def test_text_between_the_title_and_the_region_is_kept_and_a_caption_dropped():
    title, region = Block("h1", "Title"), Block("p", LONG * 3, regions=(0,))
    lead = Block("p", "b" * 250)
    assert texts([title, lead, region], ["article "]) == ["Title", "b" * 250, LONG * 3]
    assert texts([title, Block("p", "b" * 249), region], ["article "]) == ["Title", LONG * 3]
    assert texts([title, lead, Block("p", "by"), region], ["article "]) == ["Title", LONG * 3]


@pytest.mark.parametrize(("weight", "expected"), [(499, 2), (500, 1)])
def test_a_region_has_half_of_the_running_text(weight, expected):
    blocks = [Block("p", "a" * (1000 - weight)), Block("p", "b" * weight, regions=(0,))]
    assert len(main_region(blocks, mains(["main "]))) == expected


def test_the_smaller_body_is_kept_if_it_has_four_fifths_of_the_text_and_all_formulas():
    def kept(weight, formula="", names=("story-body",)):
        inside = Block("p", "a" * weight, regions=(0, 1))
        outside = Block("p", "b" * (1000 - weight) + formula, regions=(0,))
        regions = [Region(MAIN, "main "), *(Region(BODY, name) for name in names)]
        return len(main_region([inside, outside], regions))

    assert kept(800) == 1
    assert kept(799) == 2
    assert kept(900, formula=" so $x = 1$") == 2
    assert kept(900, names=("post-body", "post-body")) == 2


def test_the_title_the_summary_and_long_text_above_a_body_are_kept():
    title, subtitle = Block("h2", "Title"), Block("h3", "A sentence in a heading. " * 3)
    body = Block("p", LONG * 9, regions=(0,))
    caption, text = Block("p", "b" * 399), Block("p", "b" * 400)

    def kept(*between):
        return main_region([title, *between, body], [Region(BODY, "story-body")])

    assert kept(Block("p", "By A."), subtitle, caption) == [title, subtitle, body]
    assert kept(Block("p", "By A."), text) == [title, text, body]


def test_posts_in_bodies_are_siblings_and_teasers_are_no_main_text():
    blocks = [
        Block("p", LONG * 3, regions=(0, 1)),
        Block("p", LONG, regions=(2, 3)),
        Block("p", LONG * 9, regions=(4,)),
    ]
    body, post = Region(BODY, "post-body"), Region(MAIN, "div content")
    regions = [body, post, body, post, Region(TEASERS)]
    assert main_region(blocks, regions) == blocks
    assert main_region(blocks[:2], regions) == blocks[:2]


def test_a_title_outside_the_region_is_kept_if_the_page_is_named_after_it_and_not_after_a_section():
    title, section = Block("h1", "Title"), Block("h1", "Section", regions=(0,))
    blocks = [title, section, Block("p", LONG * 2, regions=(0,))]
    regions = mains(["article "])
    assert main_region(blocks, regions, "Title | Site") == blocks
    assert main_region(blocks, regions, "Site | Title") == blocks[1:]
    assert main_region(blocks, regions, "Title | Section") == blocks[1:]


def test_a_short_sentence_is_text_of_the_only_main():
    site, text = Block("p", "Site"), Block("p", "Let x be even.", regions=(0,))
    assert main_region([site, text], mains(["main "])) == [text]
    loading = Block("p", "Loading", regions=(0,))
    assert main_region([site, loading], mains(["main "])) == [site, loading]
