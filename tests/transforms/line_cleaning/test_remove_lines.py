from hypothesis import given
from hypothesis import strategies as st

from transforms.line_cleaning.remove_lines import remove_lines, repeated_lines
from transforms.line_cleaning.repeatable_lines import line_key


def test_lines_of_the_host_are_found_each_time_they_occur():
    text = "Home > Books\n\nGroups are sets.\n\nHome  > Books"
    repeated = {line_key("a.org", "Home > Books")}
    assert repeated_lines(text, "a.org", repeated) == [0, 4]
    assert repeated_lines(text, "b.org", repeated) == []


def test_code_with_a_repeated_line_stays():
    text = "```\nHome > Books\n```"
    assert repeated_lines(text, "a.org", {line_key("a.org", "Home > Books")}) == []


def test_one_blank_line_is_left_between_paragraphs():
    assert remove_lines("a\n\nX\n\nb", [2]) == "a\n\nb"
    assert remove_lines("a\nX\nb", [1]) == "a\nb"
    assert remove_lines("X\n\na\n\nX", [0, 4]) == "a"
    assert remove_lines("a\n\nX\nY\n\nb", [2, 3]) == "a\n\nb"


def test_blank_lines_elsewhere_stay():
    assert remove_lines("X\n```\na\n\n\nb\n```", [0]) == "```\na\n\n\nb\n```"


def test_nothing_is_left_of_repeated_lines_alone():
    assert remove_lines("X\n\nY", [0, 2]) == ""


@given(st.lists(st.sampled_from(["a", "b", "", "X"]), max_size=12))
def test_what_is_kept_is_unchanged_and_in_order(lines):
    numbers = [number for number, line in enumerate(lines) if line == "X"]
    left = remove_lines("\n".join(lines), numbers).split("\n")
    assert [line for line in left if line] == [line for line in lines if line not in ("", "X")]
