import pytest

from transforms.content.blocks import Block
from transforms.content.main_region import main_region

LONG = "A sentence that runs on and on, so that it cannot be taken for an item of a menu. " * 3


def texts(blocks, signatures):
    return [block.text for block in main_region(blocks, signatures)]


def test_the_smallest_region_with_most_of_the_text_is_kept():
    blocks = [
        Block("p", "menu"),
        Block("p", LONG + "a", regions=(0, 1)),
        Block("p", LONG + "b", regions=(0, 1)),
        Block("p", "comments: " + LONG, regions=(0,)),
    ]
    assert texts(blocks, ["main ", "article "]) == [LONG + "a", LONG + "b"]


def test_siblings_with_the_same_signature_are_kept_however_short_and_others_dropped():
    blocks = [
        Block("p", LONG * 3, regions=(0,)),
        Block("p", LONG, regions=(1,)),
        Block("p", "x", regions=(2,)),
        Block("p", LONG, regions=(3,)),
    ]
    signatures = ["div post", "div post", "div post", "div teaser"]
    assert texts(blocks, signatures) == [LONG * 3, LONG, "x"]


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
    assert main_region([Block("p", "short"), *formulas], ["main "]) == formulas


@pytest.mark.parametrize(("weight", "expected"), [(249, 2), (250, 1)])
def test_a_region_weighs_250(weight, expected):
    blocks = [Block("p", "menu"), Block("p", "a" * weight, regions=(0,))]
    assert len(main_region(blocks, ["article "])) == expected


def test_the_only_main_of_a_short_page_is_kept_if_it_has_text():
    blocks = [Block("p", "menu"), Block("h1", "Norm", regions=(0,))]
    short = Block("p", "a" * 60, regions=(0,))
    assert texts(blocks, ["main "]) == ["menu", "Norm"]
    assert texts([*blocks, short], ["main "]) == ["Norm", "a" * 60]
    assert texts([*blocks, short], ["main ", "main x"]) == ["menu", "Norm", "a" * 60]


def test_a_title_above_the_region_is_kept_if_its_sections_are_titles_too():
    title = Block("h1", "Title", regions=(0,))
    text = [Block("p", LONG * 2, regions=(0, 1)), Block("h1", "Section", regions=(0, 1))]
    signatures = ["article ", "div post-content"]
    assert texts([title, *text], signatures) == ["Title", LONG * 2, "Section"]
    logo = Block("h1", "Site")
    assert texts([logo, *text], signatures) == [LONG * 2, "Section"]


def test_text_between_the_title_and_the_region_is_kept_and_a_caption_dropped():
    title, region = Block("h1", "Title"), Block("p", LONG * 3, regions=(0,))
    lead = Block("p", "b" * 250)
    assert texts([title, lead, region], ["article "]) == ["Title", "b" * 250, LONG * 3]
    assert texts([title, Block("p", "b" * 249), region], ["article "]) == ["Title", LONG * 3]
    assert texts([title, lead, Block("p", "by"), region], ["article "]) == ["Title", LONG * 3]


@pytest.mark.parametrize(("weight", "expected"), [(499, 2), (500, 1)])
def test_a_region_has_half_of_the_running_text(weight, expected):
    blocks = [Block("p", "a" * (1000 - weight)), Block("p", "b" * weight, regions=(0,))]
    assert len(main_region(blocks, ["main "])) == expected
