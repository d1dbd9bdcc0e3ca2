import pytest

from transforms.problems.equations import last_value, split_list, split_outside


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        ("x = 3", "3"),
        ("x_1 = 3", "3"),
        ("f'(1) = 4", "4"),
        ("1 + 2 = 3", "3"),
        ("A \\cup B = \\{1, 2\\}", "\\{1, 2\\}"),
        ("\\frac{dx}{dt} = 3", "3"),
        ("x = (1, 2)", "(1, 2)"),
        ("\\frac{a=b}{c}", "\\frac{a=b}{c}"),  # inside of braces nothing is split
        ("\\begin{split} a &= b \\\\ &= c. \\end{split}", "c"),
        ("\\begin{aligned}[t] a \\end{aligned}", "[t] a"),
        ("\\left\\{ 1, 2 \\right\\}", "\\left\\{ 1, 2 \\right\\}"),
        ("12\\qquad\\square", "12"),
    ],
)
def test_the_value_at_the_end_is_read(latex, value):
    assert last_value(latex) == value


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "2x + 3y = 6",  # an equation in x and y, not a value
        "x^2 + y^2 = 25",
        "x > 3",
        "x = y > 3",
        "a \\equiv 3",
        "a \\to b",
        "a = 1 \\\\ b = 2, c = 3",
    ],
)
def test_other_formulas_end_with_no_value(latex):
    assert last_value(latex) == ""


def test_separators_inside_of_brackets_and_environments_do_not_split():
    assert split_outside("f(a, b), \\{c, d\\}", ",") == ["f(a, b)", " \\{c, d\\}"]
    matrix = "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}"
    assert split_outside(f"{matrix} \\\\ x", "\\\\") == [f"{matrix} ", " x"]


def test_commas_that_group_thousands_do_not_split_a_list():
    assert split_list("11,996") == ["11996"]
    assert split_list("1, (2, 3), 4") == ["1", " (2, 3)", " 4"]
