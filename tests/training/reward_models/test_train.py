import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError, SettingsError, StageRefusedError
from tests.helpers.runs import records
from tests.helpers.scripted_engine import Scripted
from tests.helpers.tiny_models import tiny_model
from training.generation.types import Request
from training.models.local_model import load_local_model
from training.reward_models.labels import load_labelled
from training.reward_models.train import train_reward_model
from training.rewards.make_grader import make_grader
from training.run import checkpoint
from training.run.distributed import World
from training.settings.grpo import Problems, Rewards
from training.settings.pretrain import Model, Run
from training.settings.reward import (
    Labels,
    RewardBatch,
    RewardOptimizer,
    RewardRollout,
    RewardSettings,
)
from training.trainer import step as train_step

pytestmark = pytest.mark.slow  # trains

WORLD = World(0, 1, torch.device("cpu"))
ITEMS = [BenchmarkItem("sums", n, f"{n}+1=", "", str(n + 1)) for n in range(30)]


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("policy")
    model = tiny_model()
    model.model.save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)
    return folder


def write(prompt, seed):
    """Count or guess; counting is right three times in four, guessing never."""
    number = int(prompt.partition("+")[0])
    draw = sum(seed)
    first_step = prompt.partition("=")[2]
    step = first_step or ("count\n" if draw % 2 else "guess\n")
    right = "count" in step and draw % 4 != 2
    answer = rf"\boxed{{{number + 1 if right else 0}}}"
    return answer if first_step else step + answer


def settings(policy, kind="process", **overrides):
    values = {
        "policy": str(policy),
        "model": Model(path=str(policy)),
        "problems": Problems(files="unused", prompt="{question}"),
        "kind": kind,
        "steps": 24,
        "labels": Labels(questions=20, held_out=10, rollouts=4),
        "rollout": RewardRollout(max_new_tokens=8, prompts=8, group=4),
        "optimizer": RewardOptimizer(peak=1e-2),
        "batch": RewardBatch(context=32, tokens=256, blocks=4, window=8),
        "run": Run(checkpoint_steps=8),
    }
    return RewardSettings(**values | overrides)


def run(values, out, stop_after=10**9):
    model = load_local_model(Path(values.policy), "cpu")
    engine = Dying(model, write, stop_after)
    return train_reward_model(values, model, engine, ITEMS, out, WORLD)


class Killed(BaseException):
    """As if the process had died."""


class Dying(Scripted):
    def __init__(self, model, write, calls):
        super().__init__(model, write)
        self.calls = calls

    def __call__(self, requests):
        self.calls -= 1
        if self.calls < 0:
            raise Killed
        return super().__call__(requests)


def contents(out):
    names = ["result.json", "run.json", "model/model.safetensors", "model/config.json"]
    files = [out / name for name in names] + sorted(out.glob("*/part-*.parquet"))
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(policy, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    run(settings(policy), out)
    return out


def test_a_process_model_learns_which_steps_lead_to_the_answer(whole):
    result = json.loads((whole / "result.json").read_text())
    assert result["kind"] == "process"
    assert (result["learnt"], result["outputs"], result["steps"]) == (80, 40, 40)
    assert result["too_long"] == 0
    assert result["step_auc"] == result["step_accuracy"] == 1.0
    assert result["step_error"] < 0.15
    assert 0.2 < result["right"] < 0.6


def test_labels_are_counts_of_right_continuations(whole):
    labelled = load_labelled(whole / "labels")
    assert len(list((whole / "labels").iterdir())) == 3  # 8, 8 and 4 questions
    assert [row.sample for row in labelled[:5]] == [0, 1, 2, 3, 0]
    model = tiny_model()
    for row in labelled:
        step = model.decode(row.tokens[: row.ends[0] + 1])
        assert (step, row.rollouts) in {("count\n", 4), ("guess\n", 4)}
        assert row.counts[0] == (3 if step == "count\n" else 0)
        assert row.counts[1] == 4 * row.right
        assert row.ends[1] == len(row.tokens) - 1


def test_questions_are_trained_on_or_held_out_never_both(whole):
    trained = {row.row for row in load_labelled(whole / "labels")}
    held_out = {row.row for row in load_labelled(whole / "held_out")}
    assert (len(trained), len(held_out)) == (20, 10)
    assert not trained & held_out


@pytest.mark.parametrize("calls", [0, 1, 3, 7])
def test_a_run_that_is_killed_while_it_labels_ends_with_the_same_bytes(
    whole, policy, tmp_path, calls
):
    with pytest.raises(Killed):
        run(settings(policy), tmp_path, calls)
    run(settings(policy), tmp_path)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize(("module", "name"), [(train_step, "check_finite"), (checkpoint, "_sync")])
def test_a_run_that_is_killed_while_it_trains_ends_with_the_same_bytes(
    whole, policy, tmp_path, monkeypatch, module, name
):
    real, calls = getattr(module, name), []

    def dying(*args):
        calls.append(args)
        if len(calls) == 12:
            raise Killed
        return real(*args)

    monkeypatch.setattr(module, name, dying)
    with pytest.raises(Killed):
        run(settings(policy), tmp_path)
    run(settings(policy), tmp_path, stop_after=0)  # nothing is sampled again
    assert contents(tmp_path) == contents(whole)


def test_an_outcome_model_is_trained_on_the_verdicts_of_the_rule(policy, tmp_path):
    values = settings(policy, kind="outcome")
    model = run(values, tmp_path)
    labelled = load_labelled(tmp_path / "labels")
    assert {(row.ends[0] - len(row.tokens), row.rollouts) for row in labelled} == {(-1, 1)}
    assert [row.counts for row in labelled] == [(int(row.right),) for row in labelled]
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["steps"], result["step_auc"]) == (0, None)
    assert result["auc"] > 0.8
    sampler = load_local_model(Path(values.policy), "cpu")
    rewards = Rewards(answer=0, model=1, model_path=str(model))
    engine = Scripted(sampler, write)
    completions = engine([Request(tuple(sampler.prompt("3+1=")), (seed,)) for seed in (0, 1)])
    guessed, counted = make_grader(rewards, sampler)([ITEMS[3]] * 2, completions)
    assert guessed.reward < 0.3 < counted.reward


def test_training_continues_with_a_tenth_of_the_earlier_labels(whole, policy, tmp_path):
    values = settings(
        policy,
        model=Model(path=str(whole / "model")),
        rollout=RewardRollout(max_new_tokens=8, prompts=8, group=4, seed=1),
        labels=Labels(questions=12, held_out=10, rollouts=4, replay=(str(whole / "labels"),)),
        steps=8,
    )
    run(values, tmp_path)
    before, after = (
        {row.row for row in load_labelled(out / "held_out")} for out in (whole, tmp_path)
    )
    assert before == after
    first, *_, last = records(tmp_path)
    assert first["loss"] < 0.5  # training continues from the earlier model
    assert 1 < last["epoch/labels"] < 2
    assert 0 < last["epoch/replay"] < 0.2


def test_other_settings_in_the_same_run_directory_are_refused_before_sampling(whole, policy):
    values = settings(policy)
    with pytest.raises(StageRefusedError, match=r"settings.labels.rollouts is 4 there, 2 here"):
        run(replace(values, labels=replace(values.labels, rollouts=2)), whole, stop_after=0)


def test_too_few_problems_are_an_error(policy, tmp_path):
    values = settings(policy, labels=Labels(questions=21, held_out=10))
    with pytest.raises(InputError, match="there are 30 problems with an answer"):
        run(values, tmp_path)


def test_training_does_not_continue_from_a_reward_model_of_another_kind(whole, policy, tmp_path):
    values = settings(policy, kind="outcome", model=Model(path=str(whole / "model")))
    with pytest.raises(ValueError, match="scores process"):
        run(values, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("steps", 0, "steps must be positive"),
        ("model", Model(), "model.path must name"),
        ("batch", RewardBatch(packing="cut"), "must be fit"),
        ("run", Run(held_out="texts"), "labels.held_out counts questions"),
    ],
)
def test_messages_on_bad_settings_say_what_to_do(policy, key, value, message):
    with pytest.raises(SettingsError, match=message):
        settings(policy, **{key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("questions", 0),
        ("held_out", 0),
        ("rollouts", 0),
        ("step_end", ""),
        ("replay_share", 1.0),
    ],
)
def test_bad_labels_name_the_key(key, value):
    with pytest.raises(ValueError, match=f"{key} must"):
        Labels(**{key: value})
