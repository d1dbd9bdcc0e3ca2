import pytest

from training.models.optimizer import learning_rate
from training.settings.pretrain import Optimizer


def test_the_schedule_is_the_papers():
    paper = Optimizer(peak=4.2e-4)
    steps = 50_000  # 500 billion tokens in batches of 10 million
    assert learning_rate(paper, 0, steps) == pytest.approx(4.2e-4 / 2000)
    assert learning_rate(paper, 999, steps) == pytest.approx(2.1e-4)
    assert learning_rate(paper, 1_999, steps) == 4.2e-4
    assert learning_rate(paper, 39_999, steps) == 4.2e-4
    assert learning_rate(paper, 40_000, steps) == 4.2e-4 * 0.316
    assert learning_rate(paper, 44_999, steps) == 4.2e-4 * 0.316
    assert learning_rate(paper, 45_000, steps) == 4.2e-4 * 0.1
    assert learning_rate(paper, 49_999, steps) == 4.2e-4 * 0.1


@pytest.mark.parametrize("steps", [1, 3, 7, 10, 30, 1_111])
def test_a_milestone_is_the_first_step_at_or_beyond_its_share(steps):
    plain = Optimizer(peak=1.0, warmup_steps=0)
    for step in range(steps):
        share = step * 10  # of 10 * steps, in whole numbers
        expected = 0.1 if share >= 9 * steps else 0.316 if share >= 8 * steps else 1.0
        assert learning_rate(plain, step, steps) == expected


def test_a_constant_rate_is_constant():
    sft = Optimizer(peak=5e-5, schedule="constant", warmup_steps=0)
    assert {learning_rate(sft, step, 500) for step in range(500)} == {5e-5}
