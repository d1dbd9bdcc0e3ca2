import numpy as np
import pytest

from training.generation.types import Completion
from training.rewards.types import Grade
from training.rl.experiences import make_experiences
from training.rl.types import Explored
from training.settings.grpo import GrpoSettings, Objective, Policy, Rewards
from training.settings.rollout import Problems, Rollout


def settings(prompts=1, group=4, **objective):
    return GrpoSettings(
        problems=Problems(files="x"),
        model=Policy(path="y"),
        rollout=Rollout(prompts=prompts, group=group),
        rewards=Rewards(steps="equations"),
        objective=Objective(**objective),
    )


def explored(grades, lengths=None, problems=None):
    lengths = lengths or [3] * len(grades)
    return Explored(
        tuple(problems or [7] * len(grades)),
        tuple(Completion((1,), (2,) * n, (-1.0,) * n, True, "") for n in lengths),
        tuple(grades),
    )


def right_or_wrong(*answers):
    return [Grade(float(one), {"answer": float(one)}) for one in answers]


def test_outcomes_count_alike_for_every_token_of_an_output():
    made, flat = make_experiences(
        explored(right_or_wrong(1, 0, 0, 1), lengths=[1, 2, 3, 4]), settings()
    )
    assert flat == 0
    one = 0.5 / (np.sqrt(1 / 3) + 1e-4)
    for experience, sign, length in zip(made, (1, -1, -1, 1), (1, 2, 3, 4), strict=True):
        assert experience.advantage == pytest.approx([sign * one] * length, rel=1e-6)
        assert experience.advantage.dtype == np.float32
    assert [(one.problem, one.group, one.sample) for one in made] == [(7, 0, i) for i in range(4)]


def test_groups_are_compared_within_themselves_and_those_without_variance_counted():
    grades = right_or_wrong(1, 0, 1, 1, 0, 0)
    made, flat = make_experiences(
        explored(grades, problems=[3, 3, 5, 5, 3, 3]), settings(prompts=3, group=2)
    )
    assert flat == 2
    assert [bool(one.advantage.any()) for one in made] == [True, True, False, False, False, False]
    assert [(one.problem, one.group) for one in made] == [
        (3, 0),
        (3, 0),
        (5, 1),
        (5, 1),
        (3, 2),
        (3, 2),
    ]


def test_steps_add_up_from_the_end_under_process_supervision():
    grades = [Grade(1.0, {}, ((0, 1.0), (2, 1.0))), Grade(0.0, {}, ((1, 1.0), (2, 0.0)))]
    made, flat = make_experiences(explored(grades), settings(group=2, supervision="process"))
    mean, std = 0.75, 0.5 + 1e-4
    good, bad = (1 - mean) / std, (0 - mean) / std
    assert flat == 0
    assert made[0].advantage == pytest.approx([2 * good, good, good], rel=1e-6)
    assert made[1].advantage == pytest.approx([good + bad, good + bad, bad], rel=1e-6)


@pytest.mark.parametrize("method", ["rft", "online_rft"])
def test_rejection_sampling_learns_what_is_right_whatever_else_is_rewarded(method):
    grades = [Grade(1.5, {"answer": 1.0}), Grade(0.9, {"answer": 0.0, "format": 1.0})]
    made, _ = make_experiences(explored(grades), settings(group=2, method=method))
    assert [one.advantage.tolist() for one in made] == [[1.0] * 3, [0.0] * 3]


def test_dpo_pairs_right_outputs_with_wrong_ones_of_their_group_and_leaves_the_rest_out():
    grades = right_or_wrong(0, 1, 1, 1, *[1, 1, 1, 1], *[1, 0, 0, 1])
    problems = [0] * 4 + [1] * 4 + [2] * 4
    made, flat = make_experiences(
        explored(grades, problems=problems), settings(prompts=3, method="dpo")
    )
    assert flat == 1
    assert [(one.group, one.sample) for one in made] == [
        *[(0, 1), (0, 0)],
        *[(2, 0), (2, 1), (2, 3), (2, 2)],
    ]
