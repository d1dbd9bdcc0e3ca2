import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.tiny_models import tiny_model
from training.eval_run import main
from training.evaluation.judge import Judge, default_judge
from training.evaluation.report import read_result

pytestmark = pytest.mark.slow  # starts scripts

ROOT = Path(__file__).resolve().parents[2]
JUDGE = Judge(
    lambda text: re.findall(r"\d", text)[-1:],
    lambda text, gold: re.findall(r"\d", text)[-1] == gold,
)


@pytest.fixture
def world(tmp_path):
    model = tiny_model(context=512)
    model.model.save_pretrained(tmp_path / "model")
    model.tokenizer.save_pretrained(tmp_path / "model")
    for name in ("train", "test"):
        rows = [
            {"question": f"{name} {n}+{n}?", "answer": f"It is {2 * n}.\n#### {2 * n}"}
            for n in range(6)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def arguments(world, *more):
    return [
        *("--model", str(world / "model"), "--benchmark", str(world / "test.jsonl")),
        *("--examples", str(world / "train.jsonl"), "--out", str(world / "out")),
        *("--device", "cpu", "--set", "sampling.samples=4", "--set", "resamples=20"),
        *("--set", "sampling.max_new_tokens=12", *more),
    ]


def test_a_run_writes_result_answers_and_plot_and_prints_a_table(world, capsys):
    assert main(arguments(world), JUDGE) == 0
    result = read_result(world / "out" / "result.json")
    assert (result.problems, result.with_answer) == (6, 6)
    assert list(result.pass_at) == list(result.maj_at) == [1, 2, 4]
    lines = (world / "out" / "answers.jsonl").read_text().splitlines()
    assert len(lines) == 6 * (1 + 4)
    first = json.loads(lines[0])
    assert (first["question"], first["gold"], first["row"]) == ("test 0+0?", "0", 0)
    assert first["prompt"].endswith("Question: test 0+0?\nAnswer: ")
    written = json.loads((world / "out" / "result.json").read_text())
    assert written["settings"]["sampling"]["samples"] == 4
    assert set(written["inputs"]) == {"model", "benchmark", "examples"}
    assert written["inputs"]["model"]["model.safetensors"] == sha256(
        world / "model" / "model.safetensors"
    )
    for flag, name in (("benchmark", "test.jsonl"), ("examples", "train.jsonl")):
        [digest] = written["inputs"][flag].values()
        assert digest == sha256(world / name)
    assert (world / "out" / "plot.png").stat().st_size > 5000
    table = capsys.readouterr().out
    assert "pass@4, %" in table
    assert "maj@4, %" in table


def test_two_runs_write_the_same(world):
    main(arguments(world), JUDGE)
    main(arguments(world, "--out", str(world / "again")), JUDGE)
    for name in ("result.json", "answers.jsonl"):
        assert (world / "out" / name).read_bytes() == (world / "again" / name).read_bytes()


def test_a_folder_with_a_result_is_refused(world, capsys):
    (world / "out").mkdir()
    (world / "out" / "result.json").write_text("kept")
    assert main(arguments(world), JUDGE) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"eval_run.py: {world / 'out'} already holds a result: choose another --out"
    assert [path.name for path in (world / "out").iterdir()] == ["result.json"]
    assert (world / "out" / "result.json").read_text() == "kept"


def test_other_results_are_columns_of_the_table(world, capsys):
    main(arguments(world), JUDGE)
    other = str(world / "out" / "result.json")
    capsys.readouterr()
    main([*arguments(world, "--beside", other, "--out", str(world / "again"))], JUDGE)
    head = capsys.readouterr().out.splitlines()[0]
    model = "/".join((world / "model").parts[-2:])
    assert head.split() == [model, model]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--set", "samplin.ks=1"], "did you mean 'sampling'"),
        (["--set", "sampling.seed=-1"], "seed must be from 0 to 2**32 - 1"),
        (["--config", "nowhere.toml"], "nowhere.toml"),
        (["--examples", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--beside", "nowhere.json"], "nowhere.json"),
        (["--set", "prompt.shots=9"], "9 shots need as many examples; there are 6"),
        (["--benchmark", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--model", "nowhere"], "nowhere"),
        (["--device", "cdua"], "'cdua' is no device: use auto, cpu, cuda or cuda:N"),
        (["--set", "sampling.max_new_tokens=512"], "leaves no room"),
    ],
)
def test_a_mistake_of_the_user_is_one_line(world, flags, message, capsys):
    assert main(arguments(world, *flags), JUDGE) == 2
    line = capsys.readouterr().err.splitlines()[-1]  # after any lines of progress
    assert line.startswith("eval_run.py: ")
    assert message in line


def test_any_other_error_keeps_its_traceback(world):
    def fail(text):
        raise ValueError("a bug in the judge")

    flags = ["--set", "perplexity=false", "--set", "sampling.samples=0", "--set", "problems=1"]
    with pytest.raises(ValueError, match="a bug in the judge"):
        main(arguments(world, *flags), Judge(fail, fail))


def test_the_script_runs_from_a_checkout_from_any_working_directory():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.run(
        [sys.executable, str(ROOT / "training" / "eval_run.py"), "--help"],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "--benchmark" in process.stdout


def test_the_verifier_judges_what_models_and_benchmarks_write():
    judge = default_judge()
    texts = ["She has 9 * 2 = 18.\n#### 18", r"so $\boxed{18}$.", "The answer is 18.0."]
    assert [judge.final_answers(text)[0].strip("$. ") for text in texts[:2]] == ["18", "18"]
    assert [judge.is_equal(text, "18") for text in texts] == [True, True, True]
    assert not judge.is_equal("The answer is 19.", "18")
    assert judge.final_answers("") == []
