from transforms.problems.blocks import Block, split_blocks


def blocks(text):
    return list(split_blocks(text))


def test_blank_lines_separate_paragraphs_and_headings_stand_alone():
    assert blocks("# Title\nOne\ntwo\n\n\nThree") == [
        Block("Title", level=1),
        Block("One\ntwo"),
        Block("Three"),
    ]


def test_blank_lines_in_code_and_in_display_formulas_separate_nothing():
    text = "Let\n```\na = 1\n\n# no heading\n```\nSo\n$$\na\n\n= b\n$$\nand"
    assert blocks(text) == [
        Block("Let"),
        Block("```\na = 1\n\n# no heading\n```", is_code=True),
        Block("So\n$$\na\n\n= b\n$$\nand"),
    ]


def test_code_that_is_never_closed_is_a_block():
    assert blocks("```\na = 1") == [Block("```\na = 1")]


def test_tables_are_marked():
    assert blocks("| a | b |\n| --- | --- |\n\n| is | no table\n") == [
        Block("| a | b |\n| --- | --- |", is_table=True),
        Block("| is | no table"),
    ]


def test_a_display_formula_on_one_line_leaves_the_next_line_alone():
    assert blocks("$$a$$\n\n$$b$$") == [Block("$$a$$"), Block("$$b$$")]


def test_an_empty_text_has_no_blocks():
    assert blocks("\n \n") == []
