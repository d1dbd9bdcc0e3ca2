import math
import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.advantage import accepted, outcome_advantages, process_advantages

rewards = st.floats(-10, 10).map(lambda x: round(x, 3))


def by_hand(values, scale="std"):
    if len(set(values)) == 1:
        return [0.0] * len(values)
    mean = statistics.fmean(values)
    spread = statistics.stdev(values) + 1e-4 if scale == "std" else 1
    return [(value - mean) / spread for value in values]


@given(
    st.integers(1, 5).flatmap(
        lambda size: st.lists(st.lists(rewards, min_size=size, max_size=size), min_size=1)
    ),
    st.sampled_from(["std", "none"]),
)
def test_outcomes_are_compared_with_those_of_the_same_question_only(groups, scale):
    found, flat = outcome_advantages(torch.tensor(groups, dtype=torch.float64), scale)
    for row, is_flat, group in zip(found.tolist(), flat.tolist(), groups, strict=True):
        assert row == pytest.approx(by_hand(group, scale), abs=1e-9)
        assert is_flat == (len(set(group)) == 1)


def test_one_right_answer_in_four_is_worth_three_wrong_ones():
    found, flat = outcome_advantages(torch.tensor([[0.0, 1.0, 0.0, 0.0]]))
    spread = 0.5 + 1e-4  # the unbiased deviation of 0, 1, 0, 0
    expected = [-0.25 / spread, 0.75 / spread, -0.25 / spread, -0.25 / spread]
    assert found.tolist() == [pytest.approx(expected, rel=1e-6)]
    assert flat.tolist() == [False]
    assert found.dtype == torch.float32


@pytest.mark.parametrize("scale", ["std", "none"])
@pytest.mark.parametrize("same", [0.0, 1.0, 0.1, 1e30])
@pytest.mark.parametrize("size", [1, 2, 3, 64])
def test_a_group_of_equal_rewards_is_exactly_0_and_reported(scale, same, size):
    group = torch.full((1, size), same)  # the mean of three times 0.1 is not 0.1
    found, flat = outcome_advantages(group, scale)
    assert found.tolist() == [[0.0] * size]
    assert flat.tolist() == [True]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_reward_that_is_no_number_is_an_error(bad):
    with pytest.raises(ValueError, match="must be finite"):
        outcome_advantages(torch.tensor([[1.0, bad]]))
    with pytest.raises(ValueError, match="must be finite"):
        process_advantages([[(0, bad), (1, 1.0)]], [2])


def test_a_worked_example_of_process_supervision():
    # Rewards 1, 0 | 1, 1, 0 | 0, 0, 0: mean 3/8, squared deviations 3 (5/8)^2 + 5 (3/8)^2 = 15/8,
    # unbiased deviation sqrt(15/56). A right step is worth up, a wrong one down.
    spread = math.sqrt(15 / 56) + 1e-4
    up, down = 0.625 / spread, -0.375 / spread
    steps = [[(1, 1.0), (3, 0.0)], [(0, 1.0), (2, 1.0), (3, 0.0)], [(0, 0.0), (1, 0.0), (2, 0.0)]]
    found, flat = process_advantages(steps, [4, 5, 3])
    assert flat is False
    expected = [
        [up + down, up + down, down, down],
        [up + up + down, up + down, up + down, down, 0],  # after the last step nothing counts
        [3 * down, 2 * down, down],
    ]
    assert [one.tolist() for one in found] == [pytest.approx(row) for row in expected]


@st.composite
def groups_with_steps(draw):
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    steps = [
        draw(st.lists(st.tuples(st.integers(0, length - 1), rewards), max_size=4))
        for length in lengths
    ]
    return steps, lengths


@given(groups_with_steps(), st.sampled_from(["std", "none"]))
def test_a_token_has_the_sum_of_the_normalised_rewards_from_its_place_on(group, scale):
    steps, lengths = group
    found, flat = process_advantages(steps, lengths, scale)
    values = [reward for ends in steps for _, reward in ends]
    normalised = iter(by_hand(values, scale) if values else [])
    of_steps = [[(end, next(normalised)) for end, _ in ends] for ends in steps]
    for row, ends, length in zip(found, of_steps, lengths, strict=True):
        expected = [sum(value for end, value in ends if end >= place) for place in range(length)]
        assert row.tolist() == pytest.approx(expected, abs=1e-9)
        assert row.dtype == torch.float64
    assert flat == (len(set(values)) <= 1)


def test_a_step_for_each_output_at_its_end_is_outcome_supervision():
    outcome, _ = outcome_advantages(torch.tensor([[0.0, 1.0, 0.5]], dtype=torch.float64))
    process, _ = process_advantages([[(1, 0.0)], [(0, 1.0)], [(2, 0.5)]], [2, 1, 3])
    for one, row in zip(outcome[0].tolist(), process, strict=True):
        assert row.tolist() == pytest.approx([one] * len(row), abs=1e-12)


def test_steps_that_end_at_one_place_both_count():
    found, _ = process_advantages([[(1, 2.0), (1, 1.0)], [(0, 0.0)]], [2, 1], "none")
    assert [one.tolist() for one in found] == [[1, 1], [-1]]


def test_the_order_of_steps_does_not_matter():
    one, _ = process_advantages([[(2, 0.0), (0, 1.0)], [(1, 3.0)]], [3, 2])
    other, _ = process_advantages([[(0, 1.0), (2, 0.0)], [(1, 3.0)]], [3, 2])
    assert [row.tolist() for row in one] == [pytest.approx(row.tolist()) for row in other]


@pytest.mark.parametrize("steps", [[[], []], [[(1, 1.0)], []], [[(0, 0.5), (1, 0.5)], [(0, 0.5)]]])
def test_no_step_one_step_or_equal_steps_teach_nothing(steps):
    found, flat = process_advantages(steps, [2, 1])
    assert [one.tolist() for one in found] == [[0, 0], [0]]
    assert flat is True


@pytest.mark.parametrize("place", [-1, 2, 100])
def test_a_step_that_ends_outside_of_its_output_is_an_error(place):
    with pytest.raises(ValueError, match=f"ends at {place}, outside of an output of 2 tokens"):
        process_advantages([[(0, 1.0)], [(place, 1.0)]], [9, 2])


def test_an_output_without_a_list_of_steps_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        process_advantages([[(0, 1.0)]], [1, 1])


def test_an_answer_is_accepted_from_one_half_on():
    found = accepted(torch.tensor([[0.0, 0.49, 0.5], [1.0, -1.0, 2.0]]))
    assert found.tolist() == [[0, 0, 1], [1, 0, 1]]
    assert found.dtype == torch.float32
