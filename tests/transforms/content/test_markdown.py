import pytest

from transforms.content.blocks import Block
from transforms.content.markdown import markdown_blocks, without_blank_runs


def test_items_and_rows_are_adjacent_and_blank_lines_separate_the_rest():
    blocks = [
        Block("h3", "A"), Block("ul", "b", depth=1), Block("ol", "c", depth=2),
        Block("ol", "d", depth=2), Block("p", "e"), Block("p", "f"), Block("row", "| g | h |"),
        Block("row", "| i | j |"),
    ]  # fmt: skip
    assert markdown_blocks(blocks) == (
        "### A\n\n- b\n  1. c\n  2. d\n\ne\n\nf\n\n| g | h |\n| --- | --- |\n| i | j |"
    )


def test_numbers_restart_in_a_new_list():
    lists = [Block("ol", "a", depth=1), Block("p", "b"), Block("ol", "c", depth=1)]
    assert markdown_blocks(lists) == "1. a\n\nb\n\n1. c"


def test_a_header_row_is_followed_by_a_rule():
    rows = [Block("head", "| a | b |"), Block("row", "| 1 | 2 |")]
    assert markdown_blocks(rows) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_the_fence_is_longer_than_any_in_the_code():
    assert markdown_blocks([Block("pre", "a\n````\n  b")]) == "`````\na\n````\n  b\n`````"


def test_preformatted_text_with_formulas_is_not_fenced():
    assert markdown_blocks([Block("pre", "  so\n  \ue0001\ue001")]) == "  so\n  \ue0001\ue001"


def test_lines_of_an_item_are_indented():
    assert markdown_blocks([Block("ul", "a\nb", depth=2)]) == "  - a\n    b"


def test_no_blocks_give_no_text():
    assert markdown_blocks([]) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\n\n\nb\n\n\n", "a\n\nb"),
        ("\n\n\na", "a"),
        ("```\na\n\n\nb\n```\n\n\nc", "```\na\n\n\nb\n```\n\nc"),
    ],
)
def test_runs_of_blank_lines_are_one_except_in_code(text, expected):
    assert without_blank_runs(text) == expected
