import pytest

from transforms.problems.final_answer import LONGEST, FinalAnswer, final_answer


@pytest.mark.parametrize(
    ("labelled", "answer"),
    [
        ("12", "12"),
        ("$12$.", "12"),
        ("$x = 12$", "12"),
        ("x = 12", "12"),
        ("$$\\frac{1}{2}\\text{.}$$", "\\frac{1}{2}"),
        ("$\\{1, 2\\}$", "\\{1, 2\\}"),
        ("$f(A) = [1, 2]$", "[1, 2]"),
        ("60 km/h", "60 km/h"),
        ("$60$ km", "60 km"),
        ("= $5$", "5"),
        ("The area is $12$.", "12"),
        ("The area is $3 \\cdot 4 = 12$ square metres.", "12 square metres"),
        ("A cube has 12 edges.", "12"),
        ("现在有 14 个苹果。", "14"),
        ("$x=2$ or $x=3$", "2, 3"),
        ("$x=2$, $x=3$", "2, 3"),
        ("The answer is 7, as shown.", "7"),
        ("We get \\boxed{5} in the end.", "5"),
        ("$508,189 - 496,193 = 11,996$", "11,996"),
        ("$x = 1, y = 2$", "x = 1, y = 2"),
        ("x = 1, y = 2", "x = 1, y = 2"),
    ],
)
def test_a_labelled_answer_is_read(labelled, answer):
    assert final_answer(labelled, labelled) == FinalAnswer(answer)


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("Since $2x=6$, we get $x=3$.", "3"),
        ("Squaring gives $9$.\n\nTherefore the sum is $9+1 = 10$.", "10"),
        ("So the area is\n\n$$A = 3 \\cdot 4 = 12.$$", "12"),
        ("$$\\begin{align*} S &= 1 + 2 \\\\ &= 3\\text{.} \\end{align*}$$", "3"),
        ("$$\\begin{array}{ll} {} &{6-2} \\\\ {\\text{Subtract.}} &{4} \\end{array}$$", "4"),
        ("$7^2 = 49$", "49"),
        ("3825", "3825"),
        ("It has $4 \\cdot 6 = \\boxed{24}$ divisors, as $360 = 2^3 \\cdot 45$.", "24"),
        ("Adding up, the answer is $\\frac{7}{2}$.", "\\frac{7}{2}"),
        ("移项得 $3x=6$，所以 $x=2$。", "2"),
        ("$12-3+5=14$（个）", "14 （个）"),
        ("Thus the distance is $60 \\cdot 3 = 180$ km.", "180 km"),
        (
            "Hence $$A = \\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}.$$",
            "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}",
        ),
    ],
)
def test_the_conclusion_of_a_solution_is_read(solution, answer):
    assert final_answer("", solution) == FinalAnswer(answer)


@pytest.mark.parametrize(
    ("labelled", "solution"),
    [
        ("", ""),
        ("", "We see that $x=3$.\n\nThe next section is about groups."),
        ("", "Consider $x=3$.\n\nProceed with $y=4$."),  # no conclusion
        ("", "Finally, $x=Ce^t$ for any real constant $C$."),
        ("", "Either \\boxed{1} holds, or we get \\boxed{2}."),
        ("", "So $x > 3$."),
        ("", "So $2x + 3y = 6$."),
        ("", "$$\\begin{align} a &= 1 & b &= 2 \\\\ c &= 3 & d &= 4 \\end{align}$$"),
        ("$f(1) = 2\\text{,}$ and also $g$ grows.", ""),
        ("There are 12 edges and 8 corners.", ""),
        ("0.18 or 18%", ""),
        ("Answers vary, but most people find that the graph rises.", ""),
        ("$B = \\{2\\}$ as the only element of both $B$ and $C$ is 2.", ""),
    ],
)
def test_a_reply_without_a_single_final_answer_is_refused(labelled, solution):
    assert final_answer(labelled, solution) == FinalAnswer(refused="no_final_answer")


@pytest.mark.parametrize(
    ("labelled", "solution"),
    [
        ("$\\approx 1.41$", ""),
        ("about 5", ""),
        ("1.414", "It is $\\sqrt2 \\approx 1.414$."),
        ("$1, 2, 3, \\ldots$", ""),
    ],
)
def test_approximations_are_refused(labelled, solution):
    assert final_answer(labelled, solution) == FinalAnswer(refused="approximate")


def test_long_answers_are_refused():
    assert final_answer(f"${'x' * (LONGEST + 1)}$", "").refused == "long_answer"
    assert final_answer(f"${'x' * LONGEST}$", "").answer == "x" * LONGEST


def test_the_only_number_of_a_sentence_counts_where_it_is_said_to_be_the_value():
    assert final_answer("A cube has 12 edges in all, of course.", "").answer == "12"
    assert final_answer(
        "They are the congruence classes of all integers modulo 5.", ""
    ) == FinalAnswer(refused="no_final_answer")


def test_a_first_sentence_that_others_explain_counts_if_it_is_computed():
    computed = "$3 \\cdot 4 = 12$ words. All words of the first kind but those of the other."
    assert final_answer("", computed).answer == "12 words"
    assert final_answer("", "$12 = 3 \\cdot 4$. Check each of the primes below.").answer == ""
