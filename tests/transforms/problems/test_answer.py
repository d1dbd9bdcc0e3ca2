import pytest

from transforms.problems.answer import answer_fault


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Find $x$ if $2x = 6$.", "3"),
        ("Find $x$ if $2x = 3 + 3$.", "3"),  # a number may occur in the question
        ("Solve $ax = b$ for $x$.", "\\frac{b}{a}"),
        ("Evaluate $\\int 2x \\, dx$.", "x^2 + C"),
        ("Find the roots of $x^2 + 1$.", "i, -i"),
        ("Find $e^{\\ln 2} \\cdot e$.", "2e"),
        ("How far is it in 2 hours at 60 km/h?", "120 km"),
        ("What is the area of a square of side 5 cm?", "25 cm²"),
        ("Find the angle in a hexagon.", "120\\text{ degrees}"),
        ("Find the roots of $x^2 = 1$.", "1, -1"),
        ("On which interval is $x^2 < 4$?", "[-2, 2)"),
        ("How many people live there?", "11,996"),
        ("Find $\\sin(\\pi / 6)$.", "\\frac{1}{2}"),
    ],
)
def test_answers_that_fit_have_no_fault(question, answer):
    assert answer_fault(question, answer) == ""


@pytest.mark.parametrize(
    ("fault", "question", "answer"),
    [
        ("options", "What is $1+1$?", "(A)"),
        ("options", "What is $1+1$?", "b"),
        ("states_answer", "Show by $x = a + b$ that $x$ is $a + b$.", "a + b"),
        ("states_answer", "Let $A = \\{1, 2\\}$. Find $A$.", "\\{1,2\\}"),
        ("states_answer", "Find $x$.", ""),
        ("several_parts", "Find $x$ and $y$.", "$1$, $2$"),
        ("several_parts", "Find it.", "8(13); -104"),
        ("states_answer", "In which base is $44 \\cdot 55 = 3506$?", "3506"),
        ("several_values", "What is the sum of the roots of $x^2 = 1$?", "1, -1"),
        ("no_number", "What is the coefficient of $x^3$ in $(x+1)^4$?", "4x^3"),
        ("malformed", "Find $x$ if $2x = 6$.", "\\begin{align*}"),
        ("malformed", "Find $x$ if $2x = 6$.", "\\frac{6}{2"),
        ("malformed", "Find $x$ if $2x = 6$.", "3)"),
        ("unevaluated", "Find the quotient of 17 by 3.", "5 \\cdot 3 + 2"),
        ("unevaluated", "Simplify: the sum of 9 and -16.", "(9 + (-16)) + 4 - 3"),
        ("in_words", "Find $-1 \\cdot 7$.", "-7\\text{ is the opposite of 7}"),
        ("unknown_symbol", "Solve $y' = y$.", "c e^x"),
        ("unknown_symbol", "Solve $9x + 14y = 1$.", "x = -3 + 14k"),
        ("unknown_symbol", "Find the sum of 1 and 2.", "K"),
    ],
)
def test_other_answers_are_refused_with_a_reason(fault, question, answer):
    assert answer_fault(question, answer) == fault
