import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.decontamination.segments import removed_lines, without_lines


def left(text, *contaminated):
    """What is left of a text if the lines with these words contain benchmark text."""
    lines = text.split("\n")
    numbers = {i for i, line in enumerate(lines) if any(word in line for word in contaminated)}
    return without_lines(lines, removed_lines(lines, numbers))


def test_only_the_lines_with_benchmark_text_go():
    assert left("One.\nTwo bad.\nThree.", "bad") == "One.\nThree."
    assert left("One.\n\nTwo bad.\n\nThree.", "bad") == "One.\n\nThree."
    assert left("bad", "bad") == ""


@pytest.mark.parametrize(
    "block",
    [
        "```python\nbad\n```",
        "~~~\nbad\n\n---\n~~~",
        "$$\nbad\n= x\n$$",
        "$$a\n= bad$$",
        "| a | b |\n| --- | --- |\n| 1 | bad |\n| 2 | good |",
        "1. What is it?\n(a) two\n(b) bad\n(c) three",
        "1. What bad is it?\n\n(a) two\n\n(b) three",
        "What bad is it?\nA. two\nB. three\nC. four\nD. five",
        "What is it?\n（A）bad\n（B）二",
        "#### 2.\n\nWhat is\n\nit then bad\n\n##### (a)\n\none\n\n##### (b)\n\ntwo",
        "#### 2.\n\nWhat is it then?\n\n##### (a)\n\nbad\n\n##### (b)\n\ntwo\n\nmore",
    ],
)
def test_what_belongs_together_goes_whole_or_stays_whole(block):
    text = f"# Title\n\nBefore.\n\n{block}\n\n## Next\n\nAfter."
    assert left(text, "bad") == "# Title\n\nBefore.\n\n## Next\n\nAfter."
    assert left(text, "After") == f"# Title\n\nBefore.\n\n{block}"


def test_a_paragraph_after_a_part_goes_alone():
    text = "#### 2.\n\nWhat is it?\n\n##### (a)\n\none\n\nbad\n\n##### (b)\n\ntwo"
    assert left(text, "bad") == text.replace("bad\n\n", "")


def test_a_fenced_block_loses_its_lines_and_goes_if_none_is_left():
    text = "Before.\n\n```\nQ: bad\nA: 1\n\nQ: good\n```\n\nAfter."
    assert left(text, "bad") == text.replace("Q: bad\n", "")
    assert left(text, "Q", "A:") == "Before.\n\nAfter."


@pytest.mark.parametrize("other", ["(3) The range.", "(b) one\n(c) two", "A) The only.", "(i) It."])
def test_a_line_before_what_is_no_list_of_parts_goes_alone(other):
    assert left(f"Before.\nbad\n{other}\nAfter.", "bad") == f"Before.\n{other}\nAfter."


def test_a_formula_that_another_line_of_text_follows_is_not_closed_there():
    assert left("$$x\nso $y$ is bad\n$$z", "bad") == "$$x\n$$z"


def test_other_exercises_of_a_list_stay():
    text = "1. First\n2. bad\n3. Third\n(a) one\n(b) two"
    assert left(text, "bad") == "1. First\n3. Third\n(a) one\n(b) two"


def test_an_open_fence_or_formula_is_not_a_block():
    assert left("```\nbad\n\nrest", "bad") == "```\n\nrest"
    assert left("$$\nbad\nrest", "bad") == "$$\nrest"


def test_a_heading_goes_with_the_last_text_of_its_section():
    parts = "### Part 1\n\nbad one\n\n### Part 2\n\nbad two"
    text = f"# Book\n\nText.\n\n## Exercises\n\n{parts}\n\n## End\n\nText."
    assert left(text, "bad") == "# Book\n\nText.\n\n## End\n\nText."
    assert left(text, "one") == text.replace("### Part 1\n\nbad one\n\n", "")


def test_comments_in_code_are_no_headings():
    text = "# Title\n\n```\n# load\nbad\n# save\nx = 1\n```"
    assert left(text, "bad") == text.replace("bad\n", "")


def test_headings_that_had_no_text_before_stay():
    assert left("# A\n\n## B\n\n# C\n\nText.\nbad", "bad") == "# A\n\n## B\n\n# C\n\nText."


def test_the_bounds_of_blocks_next_to_a_removed_line_stay():
    text = "$$\nx = 1\n$$\nbad\n```\ncode\n```\nbad\n===\nEnd"
    assert left(text, "bad") == text.replace("bad\n", "")


def test_lines_without_words_next_to_a_removed_line_go():
    assert left("Before.\n\n$\nbad\n）$\\\\\n\n---\n\nAfter.", "bad") == "Before.\n\n---\n\nAfter."


@given(st.lists(st.sampled_from(["", "# H", "word", "bad", "| a |", "(a) x", "$$", "```", "1."])))
def test_lines_that_are_left_are_lines_of_the_text_in_order(lines):
    contaminated = {i for i, line in enumerate(lines) if line == "bad"}
    removed = removed_lines(lines, contaminated)
    assert contaminated <= set(removed)
    if not contaminated:
        assert removed == []
    kept = [line for i, line in enumerate(lines) if i not in removed and line]
    assert [line for line in without_lines(lines, removed).split("\n") if line] == kept
