import pytest

from transforms.problems.multiple_choice import (
    Choices,
    are_distinct,
    read_choices,
    read_key,
    with_upper_case,
)

THREE = Choices("Which?", ("1", "$2$", "3"))


@pytest.mark.parametrize(
    "text",
    [
        "Which?\nA. 1\nB. $2$\nC. 3",
        "Which?\n(A) 1\n(B) $2$\n(C) 3",
        "Which?\n\nA) 1\n\nB) $2$\n\nC) 3",
        "Which?\n- A: 1\n- B: $2$\n- C: 3",
        "Which?\n[A]. 1\n[B]. $2$\n[C]. 3",
        "Which? A. 1 B. $2$ C. 3",
        "Which?\uff08A\uff091\uff08B\uff09$2$\uff08C\uff093",
        "Which?\nA\uff0e1\u3000\u3000B\uff0e$2$\u3000\u3000C\uff0e3",
        "Which?\nA\u30011\nB\u3001$2$\nC\u30013",
        "Which?\n**A.** 1\n**B.** $2$\n**C.** 3",
    ],
)
def test_options_are_read_in_many_layouts(text):
    assert read_choices(text) == THREE


@pytest.mark.parametrize(
    "text",
    [
        "Which?\nA. yes\nB. no",  # guessing finds every second
        "Let A. B. Smith and C. Doe",
        "Points $A. B. C.$",
        "B. 1\nC. 2\nD. 3",
    ],
)
def test_other_texts_have_no_options(text):
    choices = read_choices(text)
    assert choices is None or not are_distinct(choices)


def test_a_question_has_its_options_on_lines():
    assert THREE.question == "Which?\n(A) 1\n(B) $2$\n(C) 3"


@pytest.mark.parametrize("options", [("1", "1", "2"), ("1", "", "2"), ("1", "2", "3" * 301)])
def test_options_that_are_equal_empty_or_too_long_are_refused(options):
    assert not are_distinct(Choices("Which?", options))


@pytest.mark.parametrize(
    ("answer", "solution"),
    [
        ("B", ""),
        ("(B)", ""),
        ("b) no", "the answer is B"),
        ("B. $2$", ""),
        ("B) 2 is the smallest prime", ""),
        ("$2$", ""),
        ("2.", ""),
        ("The correct answer is (B).", ""),
        ("Option B is correct", ""),
        ("", "The solution is (B)."),
        ("", "It is even, so the answer is B."),
        ("", "因为 $2$ 是偶数，故选B。"),
        ("", "So it is $\\boxed{\\textbf{(B) } 2}$."),
        ("", "The answer is A? No: $\\boxed{B}$."),
        ("**B** \u2014 it is even", ""),
        ("", "故答案为：B"),
        ("B\uff0e", "故选\uff1aB"),
    ],
)
def test_the_key_is_read(answer, solution):
    assert read_key(answer, solution, THREE) == "B"


@pytest.mark.parametrize(
    ("answer", "solution"),
    [
        ("A. $2$", ""),  # the text is that of B
        ("B", "so the answer is C"),
        ("D", ""),  # there is no such option
        ("A or B", ""),
        ("4", ""),
        ("A good question", ""),
        ("", "No word about it"),
    ],
)
def test_a_key_that_is_missing_or_contradicts_itself_is_none(answer, solution):
    assert read_key(answer, solution, THREE) == ""


@pytest.mark.parametrize("answer", ["(b)", "(b) \u2014 it is even", "2 (b)", "(b). It is even"])
def test_options_may_be_in_lower_case_where_the_answer_is_a_letter(answer):
    question, key = with_upper_case("Which is 2? (a) 1 (b) $f(b)$ (c) 3", answer)
    assert (question, key) == ("Which is 2? (A) 1 (B) $f(b)$ (C) 3", "(B)")


@pytest.mark.parametrize("answer", ["(a) 1 (b) 2 (c) 3", "2", "", "Use f(b)", "(a) 1"])
def test_parts_in_lower_case_are_left_alone(answer):
    question = "Find: (a) $1$ (b) $2$ (c) $3$"
    assert with_upper_case(question, answer) == (question, answer)
