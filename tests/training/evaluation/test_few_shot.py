import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from training.evaluation.few_shot import few_shot_prompt, format_question, reference_solution
from training.settings.evaluation import Prompt


def item(question, solution="", answer="", options=()):
    return BenchmarkItem("b", 0, question, solution, answer, options)


EXAMPLES = [item(f"{n}+{n}?", f"It is {2 * n}.\n#### {2 * n}", str(2 * n)) for n in range(1, 6)]


def test_a_prompt_has_its_examples_then_the_question():
    prompt = few_shot_prompt(item("3+4?"), EXAMPLES[:2], Prompt(shots=2, seed=1))
    shots = [f"Question: {n}+{n}?\nAnswer: It is {2 * n}.\n#### {2 * n}\n\n" for n in (1, 2)]
    assert sorted(prompt.removesuffix("Question: 3+4?\nAnswer: ").split("\n\n")[:2]) == [
        shot.strip("\n") for shot in shots
    ]
    assert prompt.endswith("\n\nQuestion: 3+4?\nAnswer: ")


def test_all_problems_have_the_same_examples_and_another_seed_has_others():
    prompt = few_shot_prompt(item("x?"), EXAMPLES, Prompt(shots=3))
    shots = prompt.removesuffix("Question: x?\nAnswer: ")
    assert few_shot_prompt(item("y?"), EXAMPLES, Prompt(shots=3)).startswith(shots)
    seeds = {few_shot_prompt(item("x?"), EXAMPLES, Prompt(shots=3, seed=n)) for n in range(5)}
    assert len(seeds) > 1


def test_a_problem_never_sees_its_own_answer():
    for example in EXAMPLES:
        prompt = few_shot_prompt(item(f" {example.question}\n"), EXAMPLES, Prompt(shots=4))
        assert prompt.count(example.question) == 1


def test_examples_without_any_answer_are_not_used_as_shots():
    examples = [item("what?"), *EXAMPLES[:1]]
    assert "what?" not in few_shot_prompt(item("x?"), examples, Prompt(shots=1))
    with pytest.raises(ValueError, match="2 shots need as many examples; there are 1"):
        few_shot_prompt(item("x?"), examples, Prompt(shots=2))


def test_examples_are_dropped_from_the_front_until_the_prompt_fits():
    whole = few_shot_prompt(item("x?"), EXAMPLES, Prompt(shots=3))
    shorter = few_shot_prompt(item("x?"), EXAMPLES, Prompt(shots=3), lambda p: len(p) < len(whole))
    assert shorter == whole[whole.index("\n\n") + 2 :]
    bare = few_shot_prompt(item("x?"), EXAMPLES, Prompt(shots=3), lambda p: False)
    assert bare == "Question: x?\nAnswer: "


def test_braces_of_latex_are_left_alone():
    prompt = few_shot_prompt(item(r"\frac{1}{2} {question} {0}"), [], Prompt(shots=0))
    assert prompt == "Question: \\frac{1}{2} {question} {0}\nAnswer: "


def test_options_are_part_of_the_question():
    assert format_question(item("Which?\n", options=("(A) 0", "(B) 4"))) == "Which?\n(A) 0\n(B) 4"


@pytest.mark.parametrize(
    ("solution", "answer", "expected"),
    [
        ("2.\n#### 2", "2", "2.\n#### 2"),
        (r"So $\boxed{2}$, done", "2", r"So $\boxed{2}$, done"),
        ("We have $x = 5$.", "5", "We have $x = 5$.\nThe answer is 5."),
        ("We have five.", "C", "We have five.\nThe answer is C."),
        ("", "18", "18"),
        ("18", "18", "18"),
        ("A proof.", "", "A proof."),
        ("", "", ""),
    ],
)
def test_a_reference_solution_ends_with_the_answer(solution, answer, expected):
    assert reference_solution(item("Q?", solution, answer)) == expected


@given(st.text(min_size=1).filter(str.strip), st.integers(0, 5), st.integers(0, 9))
def test_any_question_comes_last(question, shots, seed):
    prompt = few_shot_prompt(item(question), EXAMPLES + EXAMPLES, Prompt(shots=shots, seed=seed))
    assert prompt.endswith(f"Question: {question.strip()}\nAnswer: ")


def test_the_stop_is_how_the_next_question_would_begin():
    assert Prompt().stop == "\n\nQuestion:"
    assert Prompt(format="{question} = ", between="\n").stop == ""
    with pytest.raises(ValueError, match="exactly once"):
        Prompt(format="Q: A:")
