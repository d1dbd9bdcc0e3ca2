import numpy as np
import pytest

from training.generation.types import Completion
from training.rewards.types import Grade
from training.rl.experiences import make_experiences, update_batches
from training.rl.types import RolloutBatch
from training.settings.grpo import Objective


def rollout(grades, lengths=None, problems=None):
    lengths = lengths or [3] * len(grades)
    return RolloutBatch(
        tuple(problems or [7] * len(grades)),
        tuple(Completion((1,), (2,) * n, (-1.0,) * n, True, "") for n in lengths),
        tuple(grades),
    )


def right_or_wrong(*answers):
    return [Grade(float(answer), {"answer": float(answer)}) for answer in answers]


def test_an_outcome_counts_alike_for_every_token_of_a_completion():
    batch = rollout(right_or_wrong(1, 0, 0, 1), lengths=[1, 2, 3, 4])
    experiences, flat = make_experiences(batch, 1, Objective())
    assert flat == 0
    size = 0.5 / (np.sqrt(1 / 3) + 1e-4)
    for experience, sign, length in zip(experiences, (1, -1, -1, 1), (1, 2, 3, 4), strict=True):
        assert experience.advantage == pytest.approx([sign * size] * length, rel=1e-6)
        assert experience.advantage.dtype == np.float32
    indices = [(row.problem, row.group, row.sample) for row in experiences]
    assert indices == [(7, 0, i) for i in range(4)]


def test_groups_are_compared_within_themselves_and_flat_ones_are_counted():
    batch = rollout(right_or_wrong(1, 0, 1, 1, 0, 0), problems=[3, 3, 5, 5, 3, 3])
    experiences, flat = make_experiences(batch, 3, Objective())
    assert flat == 2
    assert [bool(row.advantage.any()) for row in experiences] == [True] * 2 + [False] * 4
    groups = [(row.problem, row.group) for row in experiences]
    assert groups == [(3, 0), (3, 0), (5, 1), (5, 1), (3, 2), (3, 2)]


def test_steps_add_up_from_the_end_under_process_supervision():
    grades = [Grade(1.0, {}, ((0, 1.0), (2, 1.0))), Grade(0.0, {}, ((1, 1.0), (2, 0.0)))]
    experiences, flat = make_experiences(rollout(grades), 1, Objective(supervision="process"))
    mean, std = 0.75, 0.5 + 1e-4
    good, bad = (1 - mean) / std, (0 - mean) / std
    assert flat == 0
    assert experiences[0].advantage == pytest.approx([2 * good, good, good], rel=1e-6)
    assert experiences[1].advantage == pytest.approx([good + bad, good + bad, bad], rel=1e-6)


def test_groups_without_steps_are_flat_under_process_supervision():
    grades = [Grade(1.0, {}, ((2, 1.0),)), Grade(0.0, {}, ((2, 0.0),)), *right_or_wrong(1, 0)]
    _, flat = make_experiences(rollout(grades), 2, Objective(supervision="process"))
    assert flat == 1


@pytest.mark.parametrize("method", ["rft", "online_rft"])
def test_rejection_sampling_accepts_right_answers_whatever_else_is_rewarded(method):
    grades = [Grade(1.5, {"answer": 1.0}), Grade(0.9, {"answer": 0.0, "format": 1.0})]
    experiences, _ = make_experiences(rollout(grades), 1, Objective(method=method))
    assert [row.advantage.tolist() for row in experiences] == [[1.0] * 3, [0.0] * 3]


@pytest.mark.parametrize(("method", "advantage"), [("sft", 1.0), ("ppo", 0.0), ("dpo", 0.0)])
def test_methods_without_rewards_have_a_constant_advantage(method, advantage):
    batch = rollout(right_or_wrong(1, 0))
    experiences, _ = make_experiences(batch, 1, Objective(method=method))
    assert [row.advantage.tolist() for row in experiences] == [[advantage] * 3] * 2


def test_dpo_pairs_right_completions_with_wrong_ones_of_their_group_and_drops_the_rest():
    grades = right_or_wrong(0, 1, 1, 1, *[1, 1, 1, 1], *[1, 0, 0, 1])
    batch = rollout(grades, problems=[0] * 4 + [1] * 4 + [2] * 4)
    experiences, flat = make_experiences(batch, 3, Objective(method="dpo"))
    assert flat == 1
    assert [(row.group, row.sample) for row in experiences] == [
        *[(0, 1), (0, 0)],
        *[(2, 0), (2, 1), (2, 3), (2, 2)],
    ]


def test_an_epoch_is_split_into_whole_groups():
    grades = right_or_wrong(1, 0, 1, 0, 1, 0, 1, 0)
    experiences, _ = make_experiences(rollout(grades), 4, Objective())
    batches = update_batches(experiences, 4, 2)
    assert [[row.group for row in batch] for batch in batches] == [[0, 0, 1, 1], [2, 2, 3, 3]]
