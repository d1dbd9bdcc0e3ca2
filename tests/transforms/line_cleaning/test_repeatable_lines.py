import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.line_cleaning.repeatable_lines import line_key, repeatable_lines


def lines(text):
    return [line for _, line, _ in repeatable_lines(text)]


@pytest.mark.parametrize(
    "line",
    [
        "PrevTopNext",
        "Permalink:",
        "Skip to main content",
        "# Discrete Math for Shockers",
        "OpenANN 1.1.0",
        "本页面最近更新",
        "a price of \\$5 a month",
    ],
)
def test_navigation_may_be_removed(line):
    assert lines(line) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "Let $x$ be a group that is finite and abelian",
        "$$x = 1$$",
        "Proof.",
        "#### Proof.",
        "**Solution.**",
        "### Exercises Exercises",
        "Video / Answer.",
        "(a)",
        "1. a)",
        "#### 2.",
        "(iii)",
        "- 3.1.4",
        "证明",
        "例 3",
        "Lösung:",
        "Решение.",
        "| Symbol | Meaning | What it is used for |",
    ],
)
def test_formulas_tables_and_labels_stay(line):
    assert lines(line) == []


def test_a_long_line_with_the_name_of_a_part_may_be_removed():
    line = "Answers to all problems are sold in our book shop"
    assert lines(line) == [line]


def test_code_stays():
    text = "before the code\n```\nint main ( ) {\n\n```\nafter the code\n"
    assert lines(text) == ["before the code", "after the code"]
    text = "````\n```\nPrevTopNext\n````\nafter"
    assert lines(text) == ["after"]


def test_lines_of_a_display_formula_stay():
    text = "above it all\n$$\nPrevTopNext\n= next\n$$\nbelow it all"
    assert lines(text) == ["above it all", "below it all"]


def test_lines_are_numbered_and_white_space_is_collapsed():
    text = "\nHome  >\tBooks \n$x$\n\nCopyright of the book by its author"
    assert list(repeatable_lines(text)) == [
        (1, "Home > Books", True),
        (4, "Copyright of the book by its author", False),
    ]


@given(st.text("ab $`\n|#.1", max_size=60))
def test_every_line_is_one_of_the_text(text):
    whole = [" ".join(line.split()) for line in text.split("\n")]
    assert all(whole[number] == line for number, line, _ in repeatable_lines(text))


def test_a_line_has_another_key_on_another_host():
    assert line_key("a.org", "Home") != line_key("b.org", "Home")
    assert line_key("a.org", "Home") == line_key("a.org", "Home")
