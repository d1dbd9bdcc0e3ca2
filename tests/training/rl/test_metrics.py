from training.generation.types import Completion
from training.rewards.types import Grade
from training.rl.metrics import grpo_line, rollout_record
from training.rl.types import RolloutBatch

RECORD = {"step": 4, "steps": 80, "reward": 0.5625, "kl": 0.00123, "entropy": 0.1, "length": 26.5}
TIMES = {"seconds/rollout": 0.25, "seconds/reward": 0.05, "seconds/update": 0.3}


def test_the_progress_line_has_what_matters():
    update = {"ratio": 1.0025, "clip_fraction": 0.0125, "grad_norm": 0.7, "mismatch": 6e-8}
    assert grpo_line(RECORD | TIMES | update) == (
        "update 5/80 | reward 0.562 | kl 0.0012 | ratio 1.0025 | clipped 1.25% | entropy 0.100"
        " | length 26.5 | grad 0.700 | mismatch 6.0e-08 | 0.6 s"
    )


def test_the_progress_line_of_a_later_update_of_a_rollout_leaves_out_what_is_not_known():
    assert grpo_line({"step": 0, "steps": 2, "kl": None}) == "update 1/2 | 0.0 s"


def test_an_engine_that_samples_from_another_policy_gives_a_warning():
    assert "engine and trainer differ" in grpo_line(RECORD | TIMES | {"mismatch": 0.021})
    assert "engine and trainer differ" not in grpo_line(RECORD | TIMES | {"mismatch": 0.019})


def test_the_record_counts_answers_that_algebra_could_not_judge():
    reasons = ("timeout", "value", "memory", "unparsed", "crash", "timeout", None)
    completion = Completion((1,), (2, 3), (0.0, 0.0), True, "")
    grades = tuple(Grade(1.0, {}, (), reason) for reason in reasons)
    batch = RolloutBatch((0,) * len(grades), (completion,) * len(grades), grades)
    record = rollout_record(batch, 0, len(grades))
    assert record["verifier_timeouts"] == 2
    assert record["verifier_unparsed"] == 1
    assert record["verifier_stopped"] == 2
