import pytest

from transforms.content.asides import without_asides
from transforms.content.blocks import Block
from transforms.content.declared import ASIDE, BODY, COMMENTS, MAIN, TEASERS, Region

TEXT = Block("p", "a" * 1000)


def kept(kind, *inside, text=TEXT):
    """Return which of the blocks in a region of a kind are kept next to a text."""
    blocks = [Block(b.kind, b.text, b.link, regions=(0,)) for b in inside]
    left = without_asides([text, *blocks], [Region(kind)])
    return [block.text for block in left if block.regions]


@pytest.mark.parametrize(("kind", "most"), [(ASIDE, 250), (COMMENTS, 3000), (TEASERS, 10000)])
def test_a_region_with_too_much_running_text_is_kept(kind, most):
    assert kept(kind, Block("p", "Share"), Block("p", "b" * most)) == []
    assert len(kept(kind, Block("p", "Share"), Block("p", "b" * (most + 1)))) == 2


def test_regions_of_a_kind_count_together_and_lose_only_those_without_text():
    text = [Block("p", "b" * 126, regions=(i,)) for i in range(2)]
    share = Block("p", "Share", regions=(2,))
    left = without_asides([TEXT, *text, share], [Region(ASIDE)] * 3)
    assert left == [TEXT, *text]


@pytest.mark.parametrize(
    "content",
    [
        Block("p", "so \ue0000\ue001 holds"),
        Block("p", r"so \(x\) holds"),
        Block("p", "so $x$ holds"),
        Block("p", "so $a + b$ holds"),
        Block("row", "| 1 | 2 |"),
        Block("pre", "x = 1"),
        Block("h1", "Title"),
    ],
)
def test_a_region_with_content_is_kept(content):
    assert kept(COMMENTS, Block("p", "Reply"), content) == ["Reply", content.text]


def test_money_is_no_formula():
    assert kept(COMMENTS, Block("p", "It costs $100,000 here and $125,000 there.")) == []


def test_enough_text_must_be_left_and_lines_without_text_go_anyway():
    lines = [Block("p", "Share"), Block("p", "b" * 60)]
    assert kept(COMMENTS, *lines, text=Block("p", "a" * 250)) == []
    assert kept(COMMENTS, *lines, text=Block("p", "a" * 249)) == ["Share", "b" * 60]
    assert kept(COMMENTS, Block("p", "Share"), text=Block("p", "a" * 249)) == []
    assert kept(COMMENTS, Block("p", "Share"), text=Block("p", "short")) == ["Share"]


def test_main_text_is_never_dropped():
    blocks = [TEXT, Block("p", "short", regions=(0,)), Block("p", "short", regions=(1,))]
    assert without_asides(blocks, [Region(MAIN, "main "), Region(BODY, "story-body")]) == blocks
