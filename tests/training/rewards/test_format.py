import pytest

from training.generation.types import Completion
from training.rewards.format import grade_format


def grade(text, finished=True):
    return grade_format(Completion((1,), (2,), (0.0,), finished, text))


@pytest.mark.parametrize(
    "text", [r"\boxed{4}", r"so $\boxed{\frac{1}{2}}$.", r"\boxed{\{1, 2\}}", "a\nb \\boxed{x}\n"]
)
def test_an_output_with_its_answer_in_one_box_earns_one(text):
    assert grade(text) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        r"\boxed{}",
        r"\boxed{ }",
        r"\boxed{4",
        r"\boxed{\}",
        r"\boxed{{4}",
        r"\boxed 4",
        r"\boxed",
        r"\boxed{4} \boxed{5}",
        r"\boxed{4} or \boxed",
        r"\boxed{\boxed{4}}",
        "#### 4",
    ],
)
def test_any_other_form_earns_nothing(text):
    assert grade(text) == 0.0


def test_an_output_that_was_cut_earns_nothing():
    assert grade(r"\boxed{4}", finished=False) == 0.0
