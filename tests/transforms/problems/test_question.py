import pytest

from transforms.problems.question import LONGEST, question_fault


@pytest.mark.parametrize(
    "question",
    [
        "Find $x$ if $2x = 6$.",
        "How many primes are less than 20?",
        "What is the derivative of $x^3$ at $x = 2$?",
        "A train travels 120 km in 2 hours. What is its speed in km/h?",
        "Evaluate\n\n$$\\int_0^1 x^2 \\, dx.$$",
        "Solve each equation.\n\n$2x = 8$",
        "Find the following:\n\n$7^{644} \\pmod{645}$",
        "Find the distance between $(1, 2)$ and $(3, 4)$.",
        "Translate and then simplify\n\nsubtract $24$ from $-19$.",
        "How many ways can 5 people sit around a round table?",
        "What is the slope of the graph of $y = 2x$?",
        "Define $a * b = a + 2b$. What is $1 * 2$?",
        "Find $x$ if $2x = 6$. Express your answer as a fraction.",
        "Find the solution of the equation $2x = 6$.",
        "Round 3.14159 to three significant figures.",
        "若 $3x-6=0$，则 $x=$ ______．",
        "求 $x^2=4$ 的正根。",
        "计算 $12$ 的平方。",
        "Calcule a derivada de $x^4$ em $x=1$.",
    ],
)
def test_questions_that_stand_alone_have_no_fault(question):
    assert question_fault(question) == ""


@pytest.mark.parametrize(
    ("fault", "question"),
    [
        ("question_length", "Find $x$."),
        ("question_length", "Find $x$ if " + "$x=1$ and " * (LONGEST // 9) + "$x=1$."),
        ("open_question", "Prove that $\\sqrt{2}$ is irrational."),
        ("open_question", "Find $x$ if $2x = 6$, and explain your steps."),
        ("open_question", "Give an example of a prime above 100."),
        ("open_question", "Sketch the graph of $y = x^2$."),
        ("open_question", "Find a particular solution of $x' + 3x = 6t$."),
        ("open_question", "Approximate $\\sqrt{2}$ to two digits."),
        ("open_question", "Write $x^2-1$ as a product."),
        ("open_question", "Find the prime factorization of $360$."),
        ("open_question", "证明 $\\sqrt{2}$ 是无理数。"),
        ("refers_elsewhere", "Find the area of the triangle shown in blue, with base 3."),
        ("refers_elsewhere", "Use Example 3 to find $f(2)$."),
        ("refers_elsewhere", "Using the result of part (a), find $f(2)$."),
        ("refers_elsewhere", "Solve equation (3) for $x = 2$."),
        ("refers_elsewhere", "Find the mean of the data in the table, to 2 digits."),
        ("refers_elsewhere", "Find $x$ in the figure if $y=2$."),
        ("refers_elsewhere", "What does this function return for $x=2$?"),
        ("refers_elsewhere", "如图，求 $AB$ 的长，其中 $AC=3$。"),
        ("refers_elsewhere", "What is printed? 3\n```\nprint(3)\n```"),
        ("refers_elsewhere", "Find $x$ if [unreadable formula] is $6$."),
        ("cut_question", "and find $x$ if $2x = 6$."),
        ("cut_question", "It has 5 sides. What is their sum?"),
        ("cut_question", "Hence find $x$ with $2x = 6$."),
        ("cut_question", "Find $x$ if $2x = 6$ and"),
        ("cut_question", "Find $x if 2x = 6 for me."),
        ("guessable", "Is 91 a prime number, or 97?"),
        ("guessable", "Determine whether $91$ is prime."),
        ("guessable", "True or false: $91$ is prime."),
        ("guessable", "求解：$91$ 是否为素数。"),
        ("personal", "I tried to find $x$ in $2x = 6$. What is it?"),
        ("asks_nothing", "Let $x$ be a number with $2x = 6$."),
        ("asks_nothing", "Find $x$ if $2x=6$.\n\nThe reals are dense."),
        ("several_parts", "What is $1+x$ for $x=2$? What is $2+x$?"),
        ("several_parts", "Find $x$ if $2x=6$. Find $y$ if $y=x+1$."),
        ("several_parts", "Find the quotient and remainder of 17 by 3."),
        ("several_parts", "Find the sixth and tenth terms of $1, 4, 9$."),
        ("no_mathematics", "How many players has a football team?"),
    ],
)
def test_other_questions_are_refused_with_a_reason(fault, question):
    assert question_fault(question) == fault


def test_the_options_of_a_multiple_choice_may_complete_a_sentence():
    stem = "The sum of the angles of a hexagon in degrees is\n(A) 540\n(B) 720\n(C) 900"
    assert question_fault(stem) == "asks_nothing"
    assert question_fault(stem, is_choice=True) == ""
    assert question_fault("Which of the following is 2?\n(A) $1+1$\n(B) 3", is_choice=True) == ""
    assert question_fault("As shown above, 3 is\n(A) 1\n(B) 3", is_choice=True) != ""
