import pytest

from transforms.problems.answer_key import key_candidates
from transforms.problems.segments import split_segments

EXERCISES = "1. Find $a$.\n2. Find $b$.\n3. Find $c$."


def pairs(text):
    return [(row.question, row.answer) for row in key_candidates(split_segments(text))]


@pytest.mark.parametrize(
    "titles",
    [
        ("Exercises", "Answers"),
        ("Practice Problems", "Answer Key"),
        ("Section 1: Basics", "Solutions"),
        ("Worksheet 3", "Answers to Worksheet 3"),
        ("Homework", "Solutions"),
        ("练习题", "参考答案"),
        ("一、选择题", "答案"),
    ],
)
def test_exercises_and_answers_are_matched_by_number(titles):
    text = f"## {titles[0]}\n\n{EXERCISES}\n\n## {titles[1]}\n\n1. 4\n3. 6\n2. 5"
    assert sorted(pairs(text)) == [("Find $a$.", "4"), ("Find $b$.", "5"), ("Find $c$.", "6")]


def test_items_may_be_paragraphs_headings_or_on_one_line():
    spaced = EXERCISES.replace("\n", "\n\n")
    headed = "### 1.\n\nFind $a$.\n\n### 2.\n\nFind $b$.\n\n### 3.\n\nFind $c$."
    labelled = "Exercise 1. Find $a$.\n\nExercise 2. Find $b$.\n\nExercise 3. Find $c$."
    for items in (EXERCISES, spaced, headed, labelled):
        for answers in ("1. 4\n2. 5\n3. 6", "1) 4  2) 5  3) 6", "1. 4\n\n2. 5\n\n3. 6"):
            text = f"## Exercises\n\n{items}\n\n## Answers\n\n{answers}"
            assert pairs(text) == [("Find $a$.", "4"), ("Find $b$.", "5"), ("Find $c$.", "6")]


def test_a_number_in_the_sentence_of_an_answer_begins_no_item():
    answers = "1. 4\n2. 5 (either 5 or 6) here\n3. 6"
    spaced = answers.replace("\n", "\n\n")
    text = f"## Exercises\n\n{EXERCISES}\n\n## Answers\n\n{spaced}"
    assert pairs(text)[1] == ("Find $b$.", "5 (either 5 or 6) here")


def test_instructions_are_those_before_an_exercise():
    text = (
        "## Exercises\n\nIn exercises 1-2, solve the equation.\n\n1. $a$\n2. $b$\n\n"
        "Differentiate each function.\n\n3. $c$\n\nwith care.\n\n## Answers\n\n1. 4\n2. 5\n3. 6"
    )
    assert pairs(text) == [
        ("In exercises 1-2, solve the equation.\n\n$a$", "4"),
        ("In exercises 1-2, solve the equation.\n\n$b$", "5"),
        ("Differentiate each function.\n\n$c$\n\nwith care.", "6"),
    ]


@pytest.mark.parametrize(
    "answers",
    [
        "1. 4\n2. 5",  # too few to be sure
        "1. 4\n2. 5\n4. 7",  # one of another section
        "1. 4\n2. 5\n2. 6\n3. 7",  # two for one number
        "4, 5, 6",
    ],
)
def test_a_key_that_does_not_fit_is_left_out(answers):
    assert pairs(f"## Exercises\n\n{EXERCISES}\n\n## Answers\n\n{answers}") == []


def test_a_key_belongs_to_the_exercises_before_it():
    first = f"## Exercises 1\n\n{EXERCISES}\n\n## Exercises 2\n\n{EXERCISES.replace('Find', 'Add')}"
    assert pairs(f"{first}\n\n## Answers\n\n1. 4\n2. 5\n3. 6")[0] == ("Add $a$.", "4")
    assert pairs(f"## Answers\n\n1. 4\n2. 5\n3. 6\n\n## Exercises\n\n{EXERCISES}") == []


def test_a_title_before_exercises_is_no_instruction_and_a_definition_is():
    for lead, question in (
        ("Group A (1 mark each)", "Find $a$."),
        ("Let $a=1$.", "Let $a=1$.\n\nFind $a$."),
    ):
        text = f"## Exercises\n\n{lead}\n\n{EXERCISES}\n\n## Answers\n\n1. 4\n2. 5\n3. 6"
        assert pairs(text)[0] == (question, "4")
