import pytest

from benchmarks.rollout import main
from tests.helpers.rl_runs import write_model, write_problems

pytestmark = pytest.mark.slow  # samples


def test_the_benchmark_compares_the_engines_on_a_model_and_problems(tmp_path, capsys):
    model, problems = write_model(tmp_path / "model"), write_problems(tmp_path / "problems.jsonl")
    arguments = ["--prompts", "3", "--group", "2", "--tokens", "5", "--rows", "4"]
    main(["--model", str(model), "--problems", str(problems), *arguments])
    header, generate, slots, same = capsys.readouterr().out.splitlines()
    assert header.split() == ["engine", "tokens/CPU-s", "tokens", "mean", "longest"]
    assert (generate.split()[0], slots.split()[0]) == ("transformers", "slots")
    assert generate.split()[2:] == slots.split()[2:]
    assert same == "the same tokens: 6 of 6"
