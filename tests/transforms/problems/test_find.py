"""Whole pages: which problems each rule finds, and why others are refused."""

from collections import Counter

import pytest

from transforms.problems.find import Problem, find_problems


def found(text, check=lambda question, answer: ""):
    counters = Counter()
    return list(find_problems(text, (check,), counters)), counters


def pairs(text):
    return [(problem.kind, problem.question, problem.answer) for problem in found(text)[0]]


LIBRETEXTS = """##### Try It $\\PageIndex{2}$

Multiply:

1. $-6\\cdot 8$
2. $-4(-7)$

Answer

1. $-48$
2. $28$

##### Try It $\\PageIndex{3}$

Evaluate $2x$ when $x = 4$.

Answer

$8$"""

PRETEXT = """#### Progress Check 7.2.

Let $f(x) = x^2 - 5x$ for every real number $x$.

##### (a)

Determine the set of all preimages of 6.

Solution.

$\\{-1, 6\\}$

##### (b)

Explain why $f$ is a function.

Solution.

It is defined everywhere.

## Section 7.3"""

EXAM = """## Exercises

Solve each equation.

1. $2x = 8$
2. $x - 3 = 9$
3. $5x + 1 = 16$

Find the derivative of each function.

4. $x^3$
5. $\\sin x$

## Answers

1. $x = 4$
2. $x = 12$
4. $3x^2$
5. $\\cos x$"""

QUIZ = """# Quiz

1. What is the value of $x$ if $2x + 6 = 14$?

A. 2
B. 3
C. 4
D. 5

Answer: C

2. How many primes are less than 20?
A) 6 B) 7 C) 8 D) 9

Correct answer: C) 8"""

CHINESE = """例1 已知 $x+y=5$，$xy=6$，求 $x^2+y^2$ 的值。

解：$x^2+y^2=(x+y)^2-2xy=25-12=13$。

3. 下列各数中，最小的数是（  ）

A. $-2$　　B. $0$　　C. $1$　　D. $-3$

【答案】D

【解析】因为 $-3<-2<0<1$，故选D。

例2：小明有 12 个苹果，吃了 3 个，又买了 5 个，现在有多少个苹果？

解：$12-3+5=14$（个）

答：现在有 14 个苹果。"""

FORUM = """# A round table

7

How many ways can 5 people sit around a round table?

asked Feb 6 '14 at 18:24

## 2 Answers

9

Fix one person. The others can be permuted in $4!=24$ ways, so the answer is $24$.

answered Feb 7 '14 at 9:00

3

It is $120$."""

SHEET = """1. A train travels 120 km in 2 hours. What is its speed in km/h? Answer: 60 km/h
2. Find the median of 3, 9, 4, 8, 5. Answer: 5

Q: What is the derivative of $x^3$ at $x=2$?

A: 12"""


LOWER_CASE = """## Practice

Group A (1 mark each)

1. The modulus of $3 + 4i$ is [1]
(a) $1$ (b) $5$ (c) $7$ (d) $25$
2. What is $i^{2}$ squared? (a) $1$ (b) $-1$ (c) $i$ (d) $-i$
3. Find the conjugate of $2 - i$. (a) $2$ (b) $i$ (c) $2 + i$ (d) $-i$

## Answers to Group A

1. (b) \u2014 $\\sqrt{9 + 16} = 5$.
2. (a) \u2014 it is $1$.
3. (c)"""

CONTEST = """## Problem

How many integers $n$ with $0 < n < 100$ are multiples of $7$?

(A) $13$ (B) $14$ (C) $15$ (D) $16$ (E) $17$

## Solution 1

As $98 = 14 \\cdot 7$, the answer is $\\boxed{\\textbf{(B) } 14}$.

## Solution 2

Count them."""

EXAM_PAPER = """一、选择题：每题5分。

1. 集合 $A=\\{1,2\\}$，$B=\\{2,3\\}$，那么 $A\\cap B=$\u3014 \u3015

A. $\\{1\\}$
B. $\\{2\\}$
C. $\\{3\\}$
D. $\\{1,2\\}$

【答案】B 【解析】 【分析】
根据交集的概念。

2. $2+3$ 的值是（ ）
A. 4 B. 5
C. 6 D. 7
【答案】B 【解析】略。"""

TITLED = """### Problem 1 A Basic Sum

What is the sum of the first 10 odd numbers?

Solution:

They sum to a square.

Answer: 100

Problem 2 Rolling Dice

Two dice are rolled. How many outcomes are there with 6 sides each?

Answer: 36

3. Question: A sequence of rewards is $2, -1, 5$. Calculate their total.

Answer: $2 + (-1) + 5 = 6$."""


@pytest.mark.parametrize(
    ("text", "answers"),
    [(LOWER_CASE, "BAC"), (CONTEST, "B"), (EXAM_PAPER, "BB")],
    ids=["lower case", "contest", "exam paper"],
)
def test_multiple_choice_is_found_in_many_layouts(text, answers):
    found = pairs(text)
    assert [kind for kind, _, _ in found] == ["multiple_choice"] * len(answers)
    assert "".join(answer for _, _, answer in found) == answers


def test_titles_and_numbers_of_problems_are_no_part_of_them():
    assert [(question, answer) for _, question, answer in pairs(TITLED)] == [
        ("What is the sum of the first 10 odd numbers?", "100"),
        ("Two dice are rolled. How many outcomes are there with 6 sides each?", "36"),
        ("A sequence of rewards is $2, -1, 5$. Calculate their total.", "6"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            LIBRETEXTS,
            [
                ("exercise", "Multiply:\n\n$-6\\cdot 8$", "-48"),
                ("exercise", "Multiply:\n\n$-4(-7)$", "28"),
                ("exercise", "Evaluate $2x$ when $x = 4$.", "8"),
            ],
        ),
        (
            PRETEXT,
            [
                (
                    "exercise",
                    "Let $f(x) = x^2 - 5x$ for every real number $x$.\n\n"
                    "Determine the set of all preimages of 6.",
                    "\\{-1, 6\\}",
                )
            ],
        ),
        (
            EXAM,
            [
                ("answer_key", "Solve each equation.\n\n$2x = 8$", "4"),
                ("answer_key", "Solve each equation.\n\n$x - 3 = 9$", "12"),
                ("answer_key", "Find the derivative of each function.\n\n$x^3$", "3x^2"),
                ("answer_key", "Find the derivative of each function.\n\n$\\sin x$", "\\cos x"),
            ],
        ),
        (
            QUIZ,
            [
                (
                    "multiple_choice",
                    "What is the value of $x$ if $2x + 6 = 14$?\n(A) 2\n(B) 3\n(C) 4\n(D) 5",
                    "C",
                ),
                (
                    "multiple_choice",
                    "How many primes are less than 20?\n(A) 6\n(B) 7\n(C) 8\n(D) 9",
                    "C",
                ),
            ],
        ),
        (
            CHINESE,
            [
                ("worked_example", "已知 $x+y=5$，$xy=6$，求 $x^2+y^2$ 的值。", "13"),
                (
                    "worked_example",
                    "小明有 12 个苹果，吃了 3 个，又买了 5 个，现在有多少个苹果？",
                    "14",
                ),
                (
                    "multiple_choice",
                    "下列各数中，最小的数是（  ）\n(A) $-2$\n(B) $0$\n(C) $1$\n(D) $-3$",
                    "D",
                ),
            ],
        ),
        (
            FORUM,
            [
                (
                    "question_answer",
                    "How many ways can 5 people sit around a round table?",
                    "24",
                )
            ],
        ),
        (
            SHEET,
            [
                (
                    "question_answer",
                    "What is the derivative of $x^3$ at $x=2$?",
                    "12",
                ),
                (
                    "question_answer",
                    "A train travels 120 km in 2 hours. What is its speed in km/h?",
                    "60 km/h",
                ),
                ("question_answer", "Find the median of 3, 9, 4, 8, 5.", "5"),
            ],
        ),
    ],
    ids=["libretexts", "pretext", "exam", "quiz", "chinese", "forum", "sheet"],
)
def test_problems_are_found_on_pages_of_many_kinds(text, expected):
    assert [row for row in pairs(text)] == expected


def test_a_solution_ends_where_its_answer_is():
    text = "Example 1. Find $x$ in $2x=6$.\n\nAnswer. $3$\n\nSolution.\n\nHalve: $x=3$.\n\nProse."
    [problem], _ = found(text)
    assert problem == Problem("worked_example", "Find $x$ in $2x=6$.", "3", "Halve: $x=3$.")


def test_a_solution_that_is_too_long_is_its_answer():
    text = f"Example 1. Find $x$ in $2x=6$.\n\nAnswer. $3$\n\nSolution.\n\n{'a ' * 5000}$3$."
    [problem], _ = found(text)
    assert problem.solution == "3"


def test_all_candidates_are_counted():
    text = (
        "Example 1. Find $x$ in $2x=6$.\n\nAnswer. $3$\n\n"
        "Example 2. Prove that $2>1$.\n\nSolution. Clear.\n\n"
        "Example 3. Find $x$ in the figure.\n\nAnswer. $3$\n\n"
        "Example 4. (a) Find $1$. (b) Find $2$.\n\nAnswer. $3$"
    )
    problems, counters = found(text)
    assert len(problems) == 1
    assert counters == {
        "candidates": 4,
        "found.worked_example": 1,
        "refused.open_question": 1,
        "refused.refers_elsewhere": 1,
        "refused.several_parts": 1,
    }


def test_checks_may_refuse_what_all_rules_accept():
    text = "Example 1. Find $x$ in $2x=6$.\n\nAnswer. $3$"
    asked = []

    def check(question, answer):
        asked.append((question, answer))
        return "unverifiable"

    problems, counters = found(text, check)
    assert problems == []
    assert counters == {"candidates": 1, "refused.unverifiable": 1}
    assert asked == [("Find $x$ in $2x=6$.", "3")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Recipes\n\n1. Mix the flour.\n2. Bake.\n\n## Notes\n\nServes 4.",
        "## Exercises\n\n1. Find $x$.\n\n## Answers\n\n7. 3\n8. 4\n9. 5",  # others' answers
        "## Answers\n\n1. 3\n2. 4\n3. 5",  # on a page of its own
        "## Exercises\n\n1. Find $2x$ for $x=1$.\n1. Find $3x$ for $x=1$.\n2. Find $4x$ for "
        "$x=1$.\n3. Find $5x$ for $x=2$.\n\n## Answers\n\n1. 2\n2. 4\n3. 10",  # two of one number
        "What is $x$ in $2x=6$?\n\nA. 1\nB. 2\nC. 3\n\nAnswer: B. 3",  # the key contradicts itself
        "Example 1. Find $x$ in $2x=6$.\n\n## Next section\n\nSolution. $x=3$",
    ],
)
def test_other_pages_have_no_problems(text):
    assert pairs(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Answer: 5\n" * 10_000,
        "Example 1. Find $x$.\n\nAnswer. " + "the " * 30_000 + "$x$",
        "Example 1. Find $x$.\n\nSolution. So $x" + "=1" * 50_000 + "$.",
        "Example 1. Find $x$.\n\nAnswer. $" + "\\left(" * 20_000 + "2$",
        "Example 1. " + "Find the x " * 10_000 + "and y.\n\nAnswer. $3$",
        "Which is it? " + "A. 1 B. 2 C. 3 " * 7_000 + "\n\nAnswer: B",
        "*" * 100_000,
        "(" * 100_000,
        "$x " * 30_000,
        "1. x\n" * 20_000,
    ],
    ids=lambda text: text[:30],
)
def test_long_texts_of_anything_are_read(text):
    """With a rule whose time is quadratic in the length, one of them takes minutes."""
    counters = Counter()
    assert len(list(find_problems(text, (), counters))) <= 1
    assert counters["candidates"] <= 10_000
