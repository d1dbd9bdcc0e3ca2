import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from examples import make_arithmetic
from examples.evaluate_arithmetic import evaluate_arithmetic
from examples.make_arithmetic import noisy_examples, problem, solution, split_pairs
from training.data.problems import read_items
from training.models.local_model import load_local_model

pytestmark = pytest.mark.slow  # trains

FOLDER = Path(make_arithmetic.__file__).parent / "arithmetic"
NUMBER = st.integers(0, 99)


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def box(text):
    return int(text.rpartition("{")[2].removesuffix("}"))


@given(NUMBER, NUMBER)
def test_every_line_of_a_solution_is_a_true_equation_and_the_digits_of_the_sum_follow(a, b):
    *steps, last = solution((a, b), a + b).split("\n")
    results = []
    for step in steps:
        left, right = step.split("=")
        assert sum(map(int, left.split("+"))) == int(right)
        results.append(int(right))
    assert 10 * results[1] + results[0] % 10 == a + b
    assert last == f"\\boxed{{{a + b}}}"


def test_a_solution_has_the_carry():
    assert solution((27, 58), 84) == "7+8=15\n2+5+1=8\n\\boxed{84}"
    assert solution((5, 3), 8) == "5+3=8\n0+0+0=0\n\\boxed{8}"


def test_the_problem_files_are_those_that_the_script_writes():
    train, held_out = split_pairs()
    assert rows(FOLDER / "problems.jsonl") == [problem(pair) for pair in train]
    assert rows(FOLDER / "held_out.jsonl") == [problem(pair) for pair in held_out]


def test_no_held_out_question_is_trained_on():
    train, held_out = split_pairs()
    assert (len(set(train)), len(set(held_out))) == (5000, 2000)
    assert not set(train) & set(held_out)
    assert (FOLDER / "problems.jsonl").stat().st_size <= 200_000


def test_the_reader_of_benchmarks_finds_question_and_answer():
    items = read_items(FOLDER / "held_out.jsonl")
    expected = [(row["question"], row["answer"]) for row in rows(FOLDER / "held_out.jsonl")]
    assert [(item.question, item.answer) for item in items] == expected


def test_three_examples_in_ten_miss_the_answer_by_one_or_ten():
    misses = Counter()
    for example in noisy_examples([(27, 58), (61, 70)], 10_000):
        pair = tuple(map(int, example["question"].split("+")))
        answer = box(example["solution"])
        assert example["solution"] == solution(pair, answer)
        misses[answer - sum(pair)] += 1
    assert set(misses) == {-10, -1, 0, 1, 10}
    assert misses.pop(0) == pytest.approx(7000, abs=140)  # three standard errors
    assert list(misses.values()) == pytest.approx([750] * 4, abs=80)


def test_no_answer_is_below_zero():
    assert {box(example["solution"]) for example in noisy_examples([(0, 0)], 100)} == {0, 1, 10}


def test_equal_calls_give_equal_examples():
    assert list(noisy_examples([(1, 2), (3, 4)], 50)) == list(noisy_examples([(1, 2), (3, 4)], 50))


def test_the_script_writes_the_data_and_the_same_model_twice(tmp_path, capsys):
    models = []
    for run in ("a", "b"):
        out, work = tmp_path / run, tmp_path / f"{run}-work"
        few = ["--set", "steps=2", "--set", "batch.tokens=512", "--set", "batch.blocks=2"]
        assert make_arithmetic.main(["--out", str(out), "--work", str(work), *few]) == 0
        models.append((out / "model" / "model.safetensors").read_bytes())
        for name in ("problems.jsonl", "held_out.jsonl"):
            assert (out / name).read_bytes() == (FOLDER / name).read_bytes()
    assert models[0] == models[1]


def test_the_script_names_a_wrong_setting(tmp_path, capsys):
    arguments = ["--out", str(tmp_path), "--work", str(tmp_path), "--set", "stepz=2"]
    assert make_arithmetic.main(arguments) == 2
    assert "did you mean 'steps'" in capsys.readouterr().err


def test_the_model_has_864_768_parameters_in_16_bits():
    weights = load_file(FOLDER / "model" / "model.safetensors")
    assert sum(tensor.numel() for tensor in weights.values()) == 864_768
    assert {str(tensor.dtype) for tensor in weights.values()} == {"torch.bfloat16"}


def test_the_model_has_bos_and_eos():
    model = load_local_model(FOLDER / "model", "cpu")
    assert (model.bos, model.eos, model.pad, model.context) == (256, frozenset({257}), 257, 256)
    assert model.prompt("2+3=") == [256, *b"2+3="]


def test_the_model_is_right_greedily_and_often_wrong_at_temperature_1():
    result = evaluate_arithmetic(FOLDER / "model", ["problems=256", "resamples=10"])
    assert result.greedy.value >= 0.97
    assert 0.55 <= result.pass_at[1].value <= 0.68
    assert result.pass_at[8].value >= 0.98
    assert result.maj_at[8].value <= 0.97


def test_an_evaluation_is_saved_and_repeated_only_with_other_settings(tmp_path):
    keep = tmp_path / "kept" / "result.json"
    few = ["problems=3", "sampling.samples=1", "resamples=10"]
    first = evaluate_arithmetic(FOLDER / "model", few, keep)
    written = keep.stat().st_mtime_ns
    assert evaluate_arithmetic(tmp_path / "no model", few, keep) == first
    assert keep.stat().st_mtime_ns == written
    other = evaluate_arithmetic(FOLDER / "model", [*few, "sampling.samples=2"], keep)
    assert list(other.pass_at) == [1, 2]
    assert json.loads(keep.read_text())["settings"]["sampling"]["samples"] == 2
