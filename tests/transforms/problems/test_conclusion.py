import pytest

from transforms.problems.conclusion import conclusion, unit_after


@pytest.mark.parametrize(
    ("solution", "value"),
    [
        ("Halve both sides. Therefore $x = 3$.", "3"),
        ("Thus there are $5$ ways to arrange the balls in the boxes.", "5"),
        ("The largest integer in this interval is $90.$", "90"),
        ("Cancel these to get $\\frac{27}{9}$, which equals $3$.", "3"),
        ("The desired sum is $6+7+8+9=30$.", "30"),
        ("Then\n\n$$\\frac{a_5}{a_3} = \\frac{4d}{2d} = 2.$$", "2"),
        ("Then $$S = \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix} = 2 v = w_3.$$", "w_3"),
        ("So the hands are $15^\\circ + 60^\\circ = 75^\\circ$ apart.", "75^\\circ"),
        ("So the distance is $180$ km.", "180 km"),
        ("因此这个数是 $12$。", "12"),
        ("So $x=1$. Hence the answer to the problem is $y = 2$.", "2"),
    ],
)
def test_the_value_of_the_last_sentence_is_read(solution, value):
    assert conclusion(solution) == value


@pytest.mark.parametrize(
    "solution",
    [
        "",
        "Consider $x = 3$.",
        "Thus the minimum is $6$, and is achieved when $x=-2$ and $y=4$.",
        "So there is only $1$ quadruple, namely $(1, 2, 0, 0)$.",
        "The minimum is $10$, which occurs when $z = 1$.",
        "So there are $2$ values, and they are $a=0$ and $a=-4$.",
        "Therefore $x = 3$. (We might also have seen that $y = 15/17$.)",
        "Therefore $x = 3$. We can check that $2x = 6$.",
        "Therefore $x = 3$. Note that equality occurs for $$v = 2w = 1.$$",
        "Therefore $x = 3$. For example, $2 + 1 = 3 = x$.",
        "Finally, $x=Ce^t$ for any real constant $C$.",
        "So $f$ is continuous.",
        "Hence $x$ is the solution, where $x > 3$.",
    ],
)
def test_a_solution_that_ends_with_anything_else_has_no_conclusion(solution):
    assert conclusion(solution) == ""


def test_a_unit_has_few_words_and_no_digits():
    assert unit_after(" square metres.") == "square metres"
    assert unit_after("") == ""
    assert unit_after(" and 3 more") is None
    assert unit_after(" for all of the values") is None
    assert unit_after(" and $y$") is None
