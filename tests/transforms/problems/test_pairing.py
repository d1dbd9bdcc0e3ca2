from transforms.problems.candidate import Candidate
from transforms.problems.pairing import pair


def test_a_statement_without_parts_is_one_candidate_without_its_number():
    assert list(pair("exercise", "3. Find it.", "4", "s")) == [
        Candidate("exercise", "Find it.", "4", "s")
    ]


def test_parts_are_matched_by_number_with_the_lead_before_each():
    question, answer = "Find:\n1. $a$\n2. $b$", "1. 3\n2. 4"
    assert list(pair("exercise", question, answer, "")) == [
        Candidate("exercise", "Find:\n\n$a$", "3", "3"),
        Candidate("exercise", "Find:\n\n$b$", "4", "4"),
    ]
    assert list(pair("exercise", question, "", answer)) == [
        Candidate("exercise", "Find:\n\n$a$", "", "3"),
        Candidate("exercise", "Find:\n\n$b$", "", "4"),
    ]


def test_a_reply_with_other_parts_is_refused():
    for answer in ("1. 3\n2. 4\n3. 5", "3", ""):
        [candidate] = pair("exercise", "Find:\n1. $a$\n2. $b$", answer, "s")
        assert candidate.refused == "several_parts"


def test_a_question_with_options_has_a_letter_as_its_answer():
    question = "2. Which?\nA. 1\nB. 2\nC. 3"
    [candidate] = pair("exercise", question, "B", "s")
    assert candidate == Candidate("multiple_choice", "Which?\n(A) 1\n(B) 2\n(C) 3", "B", "s")
    [candidate] = pair("exercise", question, "", "No word.")
    assert candidate.refused == "no_final_answer"
    [candidate] = pair("exercise", "Which?\nA. 1\nB. 1\nC. 3", "B", "s")
    assert candidate.refused == "options"
