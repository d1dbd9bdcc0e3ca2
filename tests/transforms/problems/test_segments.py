from transforms.problems.segments import split_segments


def outline(text):
    return [(segment.kind, segment.number, segment.text) for segment in split_segments(text)]


def test_labels_and_headings_begin_segments():
    text = "Intro.\n\n## Limits\n\nProse.\n\n### Example 2. Chains\n\nFind it."
    assert outline(f"{text}\n\nSolution.\n\nIt is\n\n1.") == [
        ("text", "", "Intro."),
        ("section", "", "Prose."),
        ("example", "2", "Find it."),
        ("solution", "", "It is\n\n1."),
    ]


def test_the_title_of_a_statement_is_the_statement_where_it_asks():
    assert outline("### Question 3: What is $1+1$?")[-1] == ("exercise", "3", "What is $1+1$?")
    assert outline("### Example 3: A sum")[-1] == ("example", "3", "")


def test_a_title_after_a_label_is_no_part_of_the_statement():
    assert outline("Problem 3: The Boat\n\nFind it.")[-1] == ("exercise", "3", "Find it.")
    assert outline("Problem 3 Find the sum.\n\nNow.")[-1][2] == "Find the sum.\n\nNow."


def test_items_know_the_statements_that_they_are_parts_of():
    text = (
        "#### Exercise 4.\n\nLet $x=1$.\n\n##### (a)\n\nFind $2x$.\n\n###### Answer\n\n2\n\n"
        "##### (b)\n\nFind $3x$.\n\n## Next\n\n#### 1.\n\nFind it."
    )
    text += "\n\nExercise 5. Find $y$.\n\n##### Exercise 6.\n\nFind $z$."
    others = [segment for segment in split_segments(text) if segment.kind == "exercise"]
    assert [segment.parents for segment in others] == [[], [], []]
    items = [segment for segment in split_segments(text) if segment.kind == "item"]
    parents = [[parent.text for parent in item.parents] for item in items]
    assert [item.number for item in items] == ["a", "b", "1"]
    assert parents == [["Let $x=1$."], ["Let $x=1$."], []]


def test_plural_labels_are_sections():
    assert [segment.kind for segment in split_segments("## Exercises\n\n**Answers**\n\n1")] == [
        *("text", "section", "section"),
    ]


def test_an_a_begins_an_answer_after_a_q_only():
    kinds = [segment.kind for segment in split_segments("Q: What?\n\nA: 4\n\nOptions\n\nA: 4")]
    assert kinds == ["text", "question", "answer"]


def test_code_and_tables_begin_nothing():
    assert outline("Prose\n\n```\nAnswer: 3\n```\n\n| Answer: |") == [
        ("text", "", "Prose\n\n```\nAnswer: 3\n```\n\n| Answer: |")
    ]


def test_a_numbered_question_after_a_solution_is_no_part_of_it():
    text = "例1 求值。\n\n解：$1$。\n\n2. 选择（ ）\n\nA. 1\n\nB. 2\n\n【答案】A"
    assert outline(text)[1:] == [
        ("example", "1", "求值。"),
        ("solution", "", "$1$。"),
        ("text", "", "2. 选择（ ）\n\nA. 1\n\nB. 2"),
        ("answer", "", "A"),
    ]
    steps = "Example 1. Find it.\n\nSolution. Do this:\n\n1. Halve.\n2. Add.\n\nProse.\n\nAnswer. 3"
    assert [row[0] for row in outline(steps)] == ["text", "example", "solution", "answer"]
