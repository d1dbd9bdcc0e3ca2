"""The small model of examples/ learns; `benchmarks/grpo_arithmetic.py` has the full check."""

import pytest

from benchmarks.grpo_arithmetic import SUPERVISION, misses
from examples.evaluate_arithmetic import evaluate_arithmetic
from examples.train_arithmetic import START, train_arithmetic
from training.evaluation.types import Estimate, EvalResult
from training.run.metrics import read_log

pytestmark = pytest.mark.slow  # trains

STEPS, GAIN = 40, 0.05  # half of the steps, and more than three standard errors
FEW = ("problems=256", "sampling.samples=8")


@pytest.fixture(scope="module")
def before():
    return evaluate_arithmetic(START, FEW)


@pytest.mark.timeout(1800)
def test_right_answers_become_likely_and_none_is_lost(before, tmp_path):
    train_arithmetic(tmp_path, 0, STEPS, SUPERVISION["process"])  # outcome: test_rl_sharpens.py
    after = evaluate_arithmetic(tmp_path / "model", FEW)
    assert misses(before, after, gain=GAIN) == []
    log = read_log(tmp_path)
    assert [record["step"] for record in log] == list(range(STEPS))
    assert max(abs(record["ratio_max"] - 1) for record in log) <= 1e-6
    assert {record["clip_fraction"] for record in log} == {0}
    assert max(record["mismatch"] for record in log) <= 1e-5
    assert log[0]["kl"] == 0
    assert 0 < log[-1]["kl"] < 0.2


def result(sampled, greedy, pass_at_8, maj_at_8):
    def estimate(value):
        return Estimate(value, value, value)

    return EvalResult(
        model="m",
        benchmark="b",
        problems=1,
        with_answer=1,
        fewer_shots=0,
        greedy=estimate(greedy),
        pass_at={1: estimate(sampled), 8: estimate(pass_at_8)},
        maj_at={1: estimate(sampled), 8: estimate(maj_at_8)},
    )


@pytest.mark.parametrize(
    ("after", "missed"),
    [
        ((0.72, 0.98, 0.99, 0.95), []),
        ((0.68, 0.98, 0.99, 0.95), ["the gain at temperature 1 is +0.080: too low"]),
        ((0.72, 0.96, 0.99, 0.95), ["greedy accuracy is +0.960: too low"]),
        ((0.72, 0.98, 0.96, 0.95), ["the change of pass@8 is -0.030: too low"]),
        ((0.72, 0.98, 0.99, 0.93), ["the change of maj@8 is +0.000: too low"]),
    ],
)
def test_every_threshold_can_be_missed(after, missed):
    assert misses(result(0.6, 0.99, 0.99, 0.93), result(*after)) == missed
