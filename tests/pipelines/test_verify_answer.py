import importlib.util

import pytest

from pipelines.verify_answer import check_requirements, unverifiable
from schemas.errors import InputError

pytestmark = pytest.mark.slow  # starts the process of the algebra


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Find $x$ if $2x = 6$.", "3"),
        ("Find $x$ if $x + 2 = 5$.", "x = 3"),
        ("Find $A \\cap B$.", "\\{2, 3\\}"),
        ("Which is it?\n(A) 1\n(B) 2\n(C) 3", "B"),
        ("Find the point.", "(1, -2)"),
        ("Find the range.", "[-5, 3)"),
        ("Find the derivative of $x^3$.", "3x^2"),
        ("Solve $a_n = 3a_{n-1} + 4a_{n-2}$.", "4^n + (-1)^n"),
        ("Compute $AB$.", "\\begin{pmatrix} 1 & 2\\pi \\\\ 3 & 4 \\end{pmatrix}"),
        ("How far?", "180 km"),
        ("Write 10 in base 2.", "1010_2"),
        ("Find the roots.", "2, 3"),
        ("If $x = -3$, find $x^2 + 1$.", "10"),
    ],
)
def test_values_that_the_verifier_reads_are_accepted(question, answer):
    assert unverifiable(question, answer) == ""


@pytest.mark.parametrize(
    ("reason", "question", "answer"),
    [
        ("in_words", "Solve $2x = 2x + 1$.", "no solution"),
        ("in_words", "Who is it, 1 or 2?", "the second"),
        ("unverifiable", "Find $A$.", "\\twomat{1}{2}{3}{4}"),
        ("unverifiable", "Find $A$.", "\\left\\{ x \\in \\mathbb{Z} \\mid x \\geq 5 \\right\\}"),
        ("unverifiable", "Find the set.", "\\{8, 8\\}"),
        ("unverifiable", "Find it.", "2, 2"),
        ("unverifiable", "Find it.", ""),
        ("echoed", "Multiply:\n\n$-9 \\cdot 3$", "-27"),
        ("echoed", "Find $x$ if $x = 2 + 5$.", "7"),
        ("echoed", "What is 3 + 4?", "7"),
        ("echoed", "Expand $(x+1)^2$.", "x^2 + 2x + 1"),
        ("echoed", "Simplify $\\frac{6x}{2}$.", "3x"),
        ("echoed", "Convert $\\frac{1}{2}$ to a decimal.", "0.5"),
    ],
)
def test_other_answers_are_refused_with_a_reason(reason, question, answer):
    assert unverifiable(question, answer) == reason


def test_a_missing_package_is_a_users_mistake(monkeypatch):
    check_requirements()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="needs the package math-verify: pip install"):
        check_requirements()
