from transforms.problems.question_answer import forum_candidates, plain_candidates
from transforms.problems.segments import split_segments


def plain(text):
    rows = plain_candidates(split_segments(text))
    return [(row.question, row.answer) for row in rows]


def forum(text):
    return [(row.question, row.solution) for row in forum_candidates(split_segments(text))]


def test_the_paragraph_before_a_labelled_answer_is_its_question():
    text = "Prose.\n\nWhat is $1+1$?\n\nAnswer: 2\n\nWhat is $1+2$?\n\nAnswer: 3"
    assert plain(text) == [("What is $1+1$?", "2"), ("What is $1+2$?", "3")]


def test_options_belong_to_the_question_before_them():
    assert plain("Prose.\n\nWhich?\n\nA. 1\n\nB. 2\n\nC. 3\n\nAnswer: B") == [
        ("Which?\n(A) 1\n(B) 2\n(C) 3", "B")
    ]


def test_the_answer_of_one_question_is_not_the_next_question():
    assert plain("What is $1+1$?\n\nAnswer: 2\n\nAnswer: 3") == [("What is $1+1$?", "2")]


def test_a_labelled_statement_is_left_to_its_own_rule():
    assert plain("Example 1. What is $1+1$?\n\nAnswer: 2") == []


def test_the_first_answer_of_a_forum_is_taken_without_votes_and_names():
    question = "# Sums\n\n5\n\nWhat is $1+1$?\n\nIt is even.\n\nasked by me"
    answers = "## 2 Answers\n\n7\n\nIt is 2.\n\nanswered by you\n\nNo, 3."
    assert forum(f"{question}\n\n{answers}") == [("What is $1+1$?\n\nIt is even.", "It is 2.")]


def test_the_title_of_a_forum_is_the_question_where_the_post_asks_nothing():
    text = "# What is $1+1$?\n\nI wonder.\n\n## Best Answer\n\nIt is 2."
    assert forum(text) == [("What is $1+1$?\n\nI wonder.", "It is 2.")]


def test_a_page_without_question_or_answer_is_none():
    assert forum("## 2 Answers\n\nIt is 2.") == []
    assert forum("# Title\n\nWhat?\n\n## 0 Answers") == []
    assert forum("# Title\n\nWhat?\n\n## Comments\n\nIt is 2.") == []
