"""Algorithm 1: the reward model is retrained between iterations, on earlier labels too."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from safetensors.torch import load_file

from tests.helpers.rl_runs import write_problems, write_small
from training import grpo_run, reward_run

pytestmark = pytest.mark.slow  # whole runs

REWARD = """
policy = "{start}"
steps = 4
kind = "process"
[model]
path = "{start}"
[problems]
files = "{problems}"
prompt = "{{question}}"
[labels]
questions = 8
held_out = 2
rollouts = 2
[rollout]
prompts = 4
group = 3
max_new_tokens = 3
rows = 32
[batch]
context = 16
tokens = 64
blocks = 2
[optimizer]
peak = 1e-2
"""
RENEWAL = """
[rewards]
steps = "model"
model_path = "{reward}"
[objective]
supervision = "process"
[renewal]
kind = "process"
steps = 4
[renewal.labels]
questions = 8
held_out = 2
rollouts = 2
replay = "{labels}"
[renewal.rollout]
prompts = 4
group = 3
[renewal.batch]
context = 16
tokens = 64
blocks = 2
[renewal.optimizer]
peak = 1e-2
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A reward model, and a finished run of three iterations that starts with it."""
    folder = tmp_path_factory.mktemp("iterations")
    config = write_small(folder, steps=1)
    write_problems(folder / "problems.jsonl", 12)
    names = {"start": folder / "start", "problems": folder / "problems.jsonl"}
    (folder / "reward.toml").write_text(REWARD.format(**names))
    arguments = ["--config", str(folder / "reward.toml"), "--out", str(folder / "reward")]
    assert reward_run.main(arguments) == 0
    names = {"reward": folder / "reward" / "model", "labels": folder / "reward" / "labels"}
    text = config.read_text() + RENEWAL.format(**names)
    config.write_text(text.replace("steps = 1\n", "steps = 1\niterations = 3\n", 1))
    assert grpo_run.main(["--config", str(config), "--out", str(folder / "rl")]) == 0
    return folder


def weights(model):
    return load_file(Path(model) / "model.safetensors")


def test_the_reward_model_of_every_iteration_is_trained_from_the_one_before(folder):
    models = [folder / "reward" / "model"]
    models += [folder / "rl" / "iterations" / f"000{i}" / "reward" / "model" for i in (2, 3)]
    for model, before in zip(models[1:], models, strict=False):
        run = json.loads((model.parent / "run.json").read_text())
        assert run["settings"]["model"]["path"] == str(before)
        ours, theirs = weights(model), weights(before)
        assert ours.keys() == theirs.keys()
        assert 0 < max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < 0.1


def test_labels_of_earlier_iterations_are_replayed(folder):
    second, third = (
        json.loads((folder / "rl" / "iterations" / f"000{i}" / "reward/run.json").read_text())
        for i in (2, 3)
    )
    first = str(folder / "reward" / "labels")
    assert second["settings"]["labels"]["replay"] == [first]
    between = str(folder / "rl" / "iterations" / "0002" / "reward" / "labels")
    assert third["settings"]["labels"]["replay"] == [first, between]
    assert (second["settings"]["rollout"]["seed"], third["settings"]["rollout"]["seed"]) == (1, 2)


def test_steps_are_graded_by_the_model_of_their_iteration(folder):
    rows = [
        pq.read_table(folder / "rl" / "explorations" / f"00000{i}.parquet").to_pylist()
        for i in range(3)
    ]
    for row in (row for rollout in rows for row in rollout):
        assert row["step_ends"][-1] == len(row["tokens"]) - 1
        assert all(0 < reward < 1 for reward in row["step_rewards"])
    last = [{row["step_rewards"][-1] for row in rollout} for rollout in rows]
    assert not last[0] & last[1]
    assert not last[1] & last[2]


def test_a_run_killed_while_its_reward_model_is_retrained_ends_the_same(folder, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    config, again = folder / "small.toml", folder / "again"
    with monkeypatch.context() as patch:
        patch.setattr("training.reward_models.train.train", die)
        assert grpo_run.main(["--config", str(config), "--out", str(again)]) == 130
    assert list((again / "iterations" / "0002" / "reward" / "labels").iterdir())
    assert not (again / "iterations" / "0002" / "reward" / "model").exists()
    assert grpo_run.main(["--config", str(config), "--out", str(again)]) == 0
    ours, theirs = (weights(folder / name / "model") for name in ("rl", "again"))
    assert all((ours[name] == theirs[name]).all() for name in ours)
