import pytest

from transforms.problems.labelled import labelled_candidates, replies
from transforms.problems.segments import split_segments


def candidates(text):
    return [
        (candidate.kind, candidate.question, candidate.answer, candidate.solution)
        for candidate in labelled_candidates(split_segments(text))
    ]


def test_answers_and_solutions_of_a_statement_are_found_in_any_order():
    for text in (
        "Exercise 1. Find it.\n\nAnswer. 3\n\nSolution. Halve it.",
        "Exercise 1. Find it.\n\nHint. Halve.\n\nSolution. Halve it.\n\nAnswer. 3",
    ):
        assert candidates(text) == [("exercise", "Find it.", "3", "Halve it.")]


def test_the_kind_is_that_of_the_outermost_statement():
    text = "### Example 1.\n\nLet $x=3$.\n\n#### (a)\n\nFind $x$.\n\nAnswer. 3"
    assert candidates(text) == [("worked_example", "Let $x=3$.\n\nFind $x$.", "3", "3")]


@pytest.mark.parametrize(
    "text",
    [
        "Exercise 1. Find it.\n\nTheorem 2. Ok.\n\nSolution. Halve it.",
        "Exercise 1. Find it.\n\nExercise 2.\n\nVideo / Answer.",
        "Exercise 1. Find it.\n\n## Section\n\nSolution. Halve it.",
        "Exercise 1.\n\nSolution. Halve it.",
    ],
)
def test_a_statement_without_text_or_reply_is_no_candidate(text):
    assert candidates(text) == []


def test_an_answer_is_one_paragraph_and_a_solution_all_until_the_next_label():
    segments = split_segments("Exercise 1. Find.\n\nAnswer. 3\n\nProse.\n\nSolution.\n\na\n\nb")
    assert replies(segments, 1) == ("3", "a\n\nb")
