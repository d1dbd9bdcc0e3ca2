import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.verifier.final_answer import final_answers


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So $x=\boxed{\frac{2}{3}}$, not \boxed{1}.", "1"),
        (r"\boxed{ \{a_n\} }", r" \{a_n\} "),
        (r"\boxed{2}, \boxed{3} and $\boxed{5}$", "2, 3, 5"),
        (r"\boxed{2} was wrong, so \boxed{3}", "3"),
        (r"the end is cut: \boxed{12", "12"),
        ("<think>The answer is 9.</think>\nThe answer is 10.", "10"),
        ("blah <answer> 4/5 </answer>", "4/5"),
        ("7*6=42\n#### 42", "42"),
        ("The answer is: **$3x$**.", "$3x$"),
        ("Answer:\n\n$$\n\\frac12\n$$", "$$\n\\frac12\n$$"),
        ("The answer is 3.5 because 7/2 is 3.5.", "3.5"),
        ("A: 19", "19"),
        ("\u7b54\u6848\u4e3a $\\frac{3}{5}$\u3002", r"$\frac{3}{5}$"),
        ("\u7b54\uff1a\u4e00\u517120\u4eba\u3002", "\u4e00\u517120\u4eba"),
        (r"\frac{5}{6}", r"\frac{5}{6}"),
        ("Let us see.\nHence $y=4$ holds.\nAll done", "y=4"),
        ("He has 12.\nShe has 1,300 more", "1,300"),
    ],
)
def test_the_final_answer_is_found(text, answer):
    assert final_answers(text)[0] == answer


def test_words_around_a_number_are_left_out_in_the_second_form():
    assert final_answers("We end up with 15 marbles") == ["We end up with 15 marbles", "15"]


@pytest.mark.parametrize(
    "text", ["", "  \n", r"\boxed{}", "The answer is ", "One line\nand another"]
)
def test_a_text_without_an_answer_has_none(text):
    assert final_answers(text) == []


@given(st.lists(st.sampled_from(["\\boxed{", "}", "$", "answer is ", "####", "5", "\n", "x "])))
def test_no_text_raises(pieces):
    assert all(isinstance(form, str) for form in final_answers("".join(pieces)))
