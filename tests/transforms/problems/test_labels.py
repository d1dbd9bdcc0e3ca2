import pytest

from transforms.problems.labels import read_item, read_label, split_at_labels


@pytest.mark.parametrize(
    ("text", "role", "number", "rest"),
    [
        ("Example 3. Find $x$.", "example", "3", "Find $x$."),
        ("Example 3.1.2", "example", "3.1.2", ""),
        ("Example $\\PageIndex{4}$", "example", "4", ""),
        ("Example 8.1 The number", "example", "8.1", "The number"),
        ("Worked Example: Find $x$", "example", "", "Find $x$"),
        ("EXERCISE 12:", "exercise", "12", ""),
        ("Problem 5 (IMO 1988). Find all", "exercise", "5", "Find all"),
        ("**Exercise 1** Evaluate it", "exercise", "1", "Evaluate it"),
        ("Try It $\\PageIndex{2}$", "exercise", "2", ""),
        ("Exercício 2.1. Calcule", "exercise", "2.1", "Calcule"),
        ("3. Question: How many?", "exercise", "", "How many?"),
        ("Q: How many?", "question", "", ": How many?"),
        ("Solution.", "solution", "", ""),
        ("**Solution:** It is 3.", "solution", "", "It is 3."),
        ("Show Solution", "solution", "", ""),
        ("Lösung. Es ist 3.", "solution", "", "Es ist 3."),
        ("Answer", "answer", "", ""),
        ("Answer: 12", "answer", "", "12"),
        ("Answer 3: 12", "answer", "3", "12"),
        ("Ans. $x = 2$", "answer", "", "$x = 2$"),
        ("Correct answer: B", "answer", "", "B"),
        ("A: It is 4.", "answer", "", ": It is 4."),
        ("例1 求值", "example", "1", "求值"),
        ("例题2：求值", "example", "2", "求值"),
        ("例一、求值", "example", "一", "求值"),
        ("【例3】求值", "example", "3", "求值"),
        ("练习1：求值", "exercise", "1", "求值"),
        ("第3题", "exercise", "3", ""),
        ("解：$x=1$", "solution", "", "$x=1$"),
        ("【解析】因为", "solution", "", "因为"),
        ("【答案】12", "answer", "", "12"),
        ("答案：12", "answer", "", "12"),
        ("答：12", "answer", "", "12"),
        ("Hint. Square both sides.", "hint", "", "Square both sides."),
        ("Proof.", "other", "", ""),
        ("Video / Answer.", "other", "", ""),
        ("定理 2 设", "other", "2", "设"),
    ],
)
def test_labels_are_read_in_many_spellings(text, role, number, rest):
    label = read_label(text)
    assert (label.role, label.number) == (role, number)
    assert label.rest == rest.removeprefix(": ")


@pytest.mark.parametrize(
    "text",
    [
        "Examples show that",
        "Example text is here",
        "Example 3 shows that this holds",
        "Answers vary",
        "The answer is 5",
        "Problems of this kind",
        "a. the first option",
        "A. the first option",
        "Answering questions",
        "解得 $x=3$",
        "解方程组",
        "问题是什么",
        "例如 $x=3$",
        "第三章",
        "第3章",
        "答案不唯一",
        "Solution methods are compared",
        "",
    ],
)
def test_prose_has_no_label(text):
    assert read_label(text) is None


@pytest.mark.parametrize(
    ("text", "is_plural"),
    [
        ("Exercises", True),
        ("**Practice Problems**", True),
        ("Answers:", True),
        ("习题", True),
        ("参考答案", True),
        ("Exercise", False),
        ("Answer", False),
        ("Exercises 3", True),
        ("Answers: 5", False),
    ],
)
def test_plural_labels_alone_are_titles_of_sections(text, is_plural):
    assert read_label(text).is_plural == is_plural


def test_headings_that_are_numbers_are_items():
    headings = ["1.", "(a)", "(iv)", "b)", "12.", "(12)", "1.2 Limits", "Exercises", "a", "2020"]
    assert [read_item(heading) for heading in headings] == [
        *("1", "a", "iv", "b", "12", "12", "", "", "", ""),
    ]


@pytest.mark.parametrize(
    ("paragraph", "parts"),
    [
        ("例1 求值。\n解：原式 $=1$。", ["例1 求值。", "解：原式 $=1$。"]),
        ("What is 3 + 4? Answer: 7", ["What is 3 + 4?", "Answer: 7"]),
        ("求值（ ）【答案】B", ["求值（ ）", "【答案】B"]),
        ("Answer: 7\n2. What is 1 + 1?", ["Answer: 7", "2. What is 1 + 1?"]),
        ("Answer\n1. 7\n2. 8", ["Answer\n1. 7\n2. 8"]),
        ("Answer: 1. 7\n2. 8", ["Answer: 1. 7\n2. 8"]),
        ("【答案】B 【解析】【分析】因为", ["【答案】B", "【解析】", "【分析】因为"]),
        ("It has no answer: none.", ["It has no answer: none."]),
        ("$$\nAnswer: x\n$$", ["$$\nAnswer: x\n$$"]),
    ],
)
def test_paragraphs_are_split_before_labels(paragraph, parts):
    assert split_at_labels(paragraph) == parts
