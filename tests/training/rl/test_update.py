"""An update is the same however it is cut into passes, and the first changes no ratio."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.helpers.tiny_models import tiny_model
from training.generation.types import Completion
from training.models.token_logprobs import TokenLogprobs
from training.rewards.types import Grade
from training.rl.reference import complete_experiences
from training.rl.types import Experience, Learner
from training.rl.update import update_policy
from training.run.distributed import World
from training.settings.grpo import GrpoSettings, Objective, Policy, Updates
from training.settings.rollout import Problems, Rollout

CPU = World(0, 1, torch.device("cpu"))


def settings(tokens=1000, **objective):
    return GrpoSettings(
        problems=Problems(files="x"),
        model=Policy(path="y"),
        rollout=Rollout(prompts=2, group=4, max_new_tokens=10),
        objective=Objective(**objective),
        updates=Updates(epochs=2, tokens=tokens),
    )


def experiences(count=8, method="grpo"):
    chance = np.random.RandomState(5)
    made = []
    for i in range(count):
        tokens = tuple(chance.randint(0, 250, chance.randint(1, 10)).tolist())
        prompt = tuple(chance.randint(0, 250, chance.randint(1, 6)).tolist())
        grade = Grade(float(i % 3 == 0), {})
        advantage = np.full(len(tokens), chance.randn(), np.float32)
        completion = Completion(prompt, tokens, (-5.5,) * len(tokens), True, "")
        made.append(Experience(i, i // 4, i % 4, completion, grade, advantage))
    return made


def learner(critic=False, rate=0.5):
    policy = TokenLogprobs(tiny_model().model, 1.0)
    return Learner(policy, torch.optim.SGD(policy.parameters(), rate))


def weights_after(batch, told, tmp_path):
    made = learner()
    record = update_policy(made, batch, told, 0.5, tmp_path, CPU, 0)
    return record, [one.detach().clone() for one in made.policy.parameters()]


@pytest.mark.parametrize(
    "objective",
    [
        {},
        {"average": "token"},
        {"average": "constant", "scale": "none"},
        {"ratio": "sequence"},
        {"method": "online_rft"},
        {"method": "dpo"},
        {"importance_cap": 2.0},
    ],
)
def test_passes_of_any_size_add_up_to_the_same_update(objective, tmp_path):
    reference = TokenLogprobs(tiny_model(seed=1).model, 1.0)
    results = []
    for tokens in (1000, 40):
        told = settings(tokens, **objective)
        batch = complete_experiences(experiences(), learner().policy, reference, told, CPU)
        results.append(weights_after(batch, told, tmp_path))
    (whole, one), (parts, two) = results
    assert (parts["mismatch"] is None) == (told.objective.method == "dpo")
    for name in ("loss", "grad_norm", "kl", "entropy"):
        assert parts[name] == pytest.approx(whole[name], rel=1e-5, abs=1e-6)
    before = [one.detach() for one in learner().policy.parameters()]
    assert max(float((a - b).abs().max()) for a, b in zip(one, before, strict=True)) > 1e-4
    assert max(float((a - b).abs().max()) for a, b in zip(one, two, strict=True)) < 1e-6


def test_the_first_update_has_a_ratio_of_one_and_clips_nothing(tmp_path):
    made, told = learner(), settings(40)
    reference = TokenLogprobs(tiny_model(seed=1).model, 1.0)
    batch = complete_experiences(experiences(), made.policy, reference, told, CPU)
    assert all(one.old is not None for one in batch)
    first, second = (update_policy(made, batch, told, 0.5, tmp_path, CPU, i) for i in range(2))
    assert (first["ratio_min"], first["ratio_max"], first["clip_fraction"]) == (1.0, 1.0, 0.0)
    assert second["ratio_max"] > 1.0
    assert second["ratio_min"] < 1.0


def test_an_only_update_needs_no_look_at_what_the_policy_was(tmp_path):
    told = settings()
    once = replace(told, updates=replace(told.updates, epochs=1))
    reference = TokenLogprobs(tiny_model(seed=1).model, 1.0)
    records = []
    for one in (told, once):
        made = learner()
        batch = complete_experiences(experiences(), made.policy, reference, one, CPU)
        records.append(update_policy(made, batch, one, 0.5, tmp_path, CPU, 0))
    assert batch[0].old is None
    assert records[0] == records[1]


def test_nothing_to_learn_changes_nothing(tmp_path):
    made = learner()
    before = [one.detach().clone() for one in made.policy.parameters()]
    record = update_policy(made, [], settings(method="dpo"), 0.5, tmp_path, CPU, 3)
    assert (record["step"], record["loss"], record["update_tokens"]) == (3, 0, 0)
    after = list(made.policy.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_loss_that_is_no_number_stops_before_anything_changes(tmp_path):
    made = learner()
    batch = experiences()
    batch[2] = replace(batch[2], advantage=batch[2].advantage * np.nan)
    before = [one.detach().clone() for one in made.policy.parameters()]
    with pytest.raises(FloatingPointError, match="step 1: loss nan"):
        update_policy(made, batch, settings(beta=0.0), 0.5, tmp_path, CPU, 0)
    after = list(made.policy.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert "problem 2, sample 2" in (tmp_path / "nan-step-00000000.json").read_text()


def test_log_probabilities_of_the_engine_that_differ_are_logged(tmp_path):
    told = settings(beta=0.0)
    made = learner()
    batch = complete_experiences(experiences(), made.policy, None, told, CPU)
    apart = [
        replace(
            one,
            completion=replace(one.completion, logprobs=tuple((one.old - 0.25).tolist())),
        )
        for one in batch
    ]
    record = update_policy(made, apart, told, 0.5, tmp_path, CPU, 0)
    assert record["mismatch"] == pytest.approx(0.25, abs=1e-6)
    assert record["mismatch_max"] == pytest.approx(0.25, abs=1e-6)


def test_weights_of_tokens_that_another_engine_sampled_are_logged(tmp_path):
    for cap, mean in ((None, 1.0), (1.5, 1.5), (9.0, np.exp(0.5))):
        told = settings(beta=0.0, importance_cap=cap)
        made = learner()
        batch = complete_experiences(experiences(), made.policy, None, told, CPU)
        apart = [
            replace(
                one,
                completion=replace(one.completion, logprobs=tuple((one.old - 0.5).tolist())),
            )
            for one in batch
        ]
        record = update_policy(made, apart, told, 0.5, tmp_path, CPU, 0)
        assert record["importance"] == pytest.approx(mean, abs=1e-5)
