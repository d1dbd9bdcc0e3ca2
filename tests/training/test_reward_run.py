import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.strict_toml import read_toml
from tests.helpers.tiny_models import tiny_model
from training.reward_models.labels import load_labelled
from training.reward_run import main
from training.settings.reward import RewardSettings

pytestmark = pytest.mark.slow  # whole runs

ROOT = Path(__file__).resolve().parents[2]
SMALL = """
steps = 2
kind = "process"
[labels]
questions = 3
held_out = 2
rollouts = 2
step_end = "e"
[rollout]
prompts = 2
group = 3
max_new_tokens = 20
[batch]
context = 64
tokens = 128
window = 2
"""


@pytest.fixture
def arguments(tmp_path):
    model = tiny_model()
    model.model.save_pretrained(tmp_path / "policy")
    model.tokenizer.save_pretrained(tmp_path / "policy")
    lines = [json.dumps({"question": f"{n}+123456", "answer": str(n + 123456)}) for n in range(5)]
    (tmp_path / "problems.jsonl").write_text("\n".join(lines))
    (tmp_path / "small.toml").write_text(SMALL)
    sets = [f"policy={tmp_path / 'policy'}", f"model.path={tmp_path / 'policy'}"]
    sets.append(f"problems.files={tmp_path / 'problems.jsonl'}")
    flags = [word for value in sets for word in ("--set", value)]
    return ["--config", str(tmp_path / "small.toml"), "--out", str(tmp_path / "out"), *flags]


def test_the_script_samples_labels_trains_and_evaluates(arguments, tmp_path, capsys):
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert "process reward model trained on 9 completions, 0.000 of them right" in shown.out
    announced = [
        line for line in shown.err.splitlines() if line.startswith(("labels  ", "training"))
    ]
    assert announced[0] == (
        "labels  3 questions to train on and 2 held out of 5, 3 completions each"
    )
    assert announced[-2:] == [
        "training  2 steps x 128 tokens = 256 tokens",
        "labels    3 questions x 3 = 9 completions",
    ]
    labelled = load_labelled(tmp_path / "out" / "labels")
    assert len(labelled) == 9
    assert all(row.rollouts == 2 and set(row.counts) == {0} for row in labelled)
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert (result["outputs"], result["right"], result["auc"]) == (6, 0.0, None)
    assert result["guessing"] == 1.0
    assert "all held-out completions have the same label" in shown.err
    assert result["steps"] == sum(len(row.ends) - 1 for row in load_held_out(tmp_path))
    assert (tmp_path / "out" / "model" / "tokenizer.json").is_file()


def test_two_processes_label_and_train_as_one_does(arguments, tmp_path):
    sets = [word for word in arguments if word not in ("--out", str(tmp_path / "out"))]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.run(
        [sys.executable, "-m", "tests.helpers.reward_processes", str(tmp_path / "runs"), *sets],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    single, double = json.loads(process.stdout)
    assert (single["codes"], double["codes"]) == ([0], [0, 0])
    assert len(single["parts"]) == 3
    assert double["parts"] == single["parts"]
    assert double["digests"] == single["digests"]
    assert double["losses"] == pytest.approx(single["losses"], abs=1e-5)
    assert double["result"] == pytest.approx(single["result"], abs=1e-5)


def load_held_out(folder):
    return load_labelled(folder / "out" / "held_out")


def test_an_error_of_the_user_is_printed_in_one_line(arguments, capsys):
    assert main([*arguments, "--set", "labels.held_out=3"]) == 2
    assert "there are 5 problems with an answer" in capsys.readouterr().err
    assert main([*arguments, "--set", "labels.rollout=3"]) == 2
    assert "did you mean 'rollouts'?" in capsys.readouterr().err
    assert main([*arguments, "--set", "kind=both"]) == 2
    assert "kind" in capsys.readouterr().err
    assert main([*arguments, "--set", "labels.target=medium"]) == 2
    assert "labels.target" in capsys.readouterr().err


def test_the_preset_holds_the_numbers_of_the_papers():
    settings = read_toml(RewardSettings, ROOT / "configs" / "reward.toml")
    assert (settings.optimizer.peak, settings.optimizer.schedule) == (2e-5, "constant")
    assert (settings.rollout.group, settings.labels.rollouts, settings.rollouts) == (15, 8, 8)
