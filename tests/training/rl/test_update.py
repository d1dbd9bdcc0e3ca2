"""An update does not depend on its microbatches, and the ratio is 1 at the first one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from schemas.errors import NotFiniteError
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

pytestmark = pytest.mark.slow  # trains

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
    rng = np.random.RandomState(5)
    batch = []
    for i in range(count):
        tokens = tuple(rng.randint(0, 250, rng.randint(1, 10)).tolist())
        prompt = tuple(rng.randint(0, 250, rng.randint(1, 6)).tolist())
        grade = Grade(float(i % 3 == 0), {})
        advantage = np.full(len(tokens), rng.randn(), np.float32)
        completion = Completion(prompt, tokens, (-5.5,) * len(tokens), True, "")
        batch.append(Experience(i, i // 4, i % 4, completion, grade, advantage))
    return batch


def learner(critic=False, rate=0.5):
    policy = TokenLogprobs(tiny_model().model, 1.0)
    return Learner(policy, torch.optim.SGD(policy.parameters(), rate))


def weights_after(batch, config, tmp_path):
    trained = learner()
    record = update_policy(trained, batch, config, 0.5, tmp_path, CPU, 0)
    return record, weights_of(trained)


def weights_of(trained):
    return [weight.detach().clone() for weight in trained.policy.parameters()]


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
def test_microbatches_of_any_size_add_up_to_the_same_update(objective, tmp_path):
    reference = TokenLogprobs(tiny_model(seed=1).model, 1.0)
    results = []
    for tokens in (1000, 40):
        config = settings(tokens, **objective)
        batch = complete_experiences(experiences(), learner().policy, reference, config, CPU)
        results.append(weights_after(batch, config, tmp_path))
    (whole, first), (parts, second) = results
    assert (parts["mismatch"] is None) == (config.objective.method == "dpo")
    for name in ("loss", "grad_norm", "kl", "entropy"):
        assert parts[name] == pytest.approx(whole[name], rel=1e-5, abs=1e-6)
    before = weights_of(learner())
    assert max(float((a - b).abs().max()) for a, b in zip(first, before, strict=True)) > 1e-4
    assert max(float((a - b).abs().max()) for a, b in zip(first, second, strict=True)) < 1e-6


def test_the_first_update_has_a_ratio_of_one_and_clips_nothing(tmp_path):
    trained, config = learner(), settings(40)
    reference = TokenLogprobs(tiny_model(seed=1).model, 1.0)
    batch = complete_experiences(experiences(), trained.policy, reference, config, CPU)
    assert all(row.old is not None for row in batch)
    first, second = (update_policy(trained, batch, config, 0.5, tmp_path, CPU, i) for i in range(2))
    assert (first["ratio_min"], first["ratio_max"], first["clip_fraction"]) == (1.0, 1.0, 0.0)
    assert second["ratio_max"] > 1.0
    assert second["ratio_min"] < 1.0


def test_a_single_update_needs_no_old_log_probabilities(tmp_path):
    twice = settings()
    once = replace(twice, updates=replace(twice.updates, epochs=1))
    reference = TokenLogprobs(tiny_model(seed=1).model, 1.0)
    records = []
    for config in (twice, once):
        trained = learner()
        batch = complete_experiences(experiences(), trained.policy, reference, config, CPU)
        records.append(update_policy(trained, batch, config, 0.5, tmp_path, CPU, 0))
    assert batch[0].old is None
    assert records[0] == records[1]


def test_an_empty_batch_changes_nothing(tmp_path):
    trained = learner()
    before = weights_of(trained)
    record = update_policy(trained, [], settings(method="dpo"), 0.5, tmp_path, CPU, 3)
    assert (record["step"], record["loss"], record["update_tokens"]) == (3, 0, 0)
    after = weights_of(trained)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_loss_that_is_not_finite_stops_before_anything_changes(tmp_path):
    trained = learner()
    batch = experiences()
    batch[2] = replace(batch[2], advantage=batch[2].advantage * np.nan)
    before = weights_of(trained)
    with pytest.raises(NotFiniteError, match="step 1: loss nan"):
        update_policy(trained, batch, settings(beta=0.0), 0.5, tmp_path, CPU, 0)
    after = weights_of(trained)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert "problem 2, sample 2" in (tmp_path / "nan-step-00000000.json").read_text()


def test_a_mismatch_with_the_engine_is_logged(tmp_path):
    config = settings(beta=0.0)
    trained = learner()
    batch = complete_experiences(experiences(), trained.policy, None, config, CPU)
    apart = [
        replace(
            row,
            completion=replace(row.completion, logprobs=tuple((row.old - 0.25).tolist())),
        )
        for row in batch
    ]
    record = update_policy(trained, apart, config, 0.5, tmp_path, CPU, 0)
    assert record["mismatch"] == pytest.approx(0.25, abs=1e-6)
    assert record["mismatch_max"] == pytest.approx(0.25, abs=1e-6)


def test_the_mean_importance_weight_is_logged(tmp_path):
    for cap, mean in ((None, 1.0), (1.5, 1.5), (9.0, np.exp(0.5))):
        config = settings(beta=0.0, importance_cap=cap)
        trained = learner()
        batch = complete_experiences(experiences(), trained.policy, None, config, CPU)
        apart = [
            replace(
                row,
                completion=replace(row.completion, logprobs=tuple((row.old - 0.5).tolist())),
            )
            for row in batch
        ]
        record = update_policy(trained, apart, config, 0.5, tmp_path, CPU, 0)
        assert record["importance"] == pytest.approx(mean, abs=1e-5)
