import math
import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.advantage import (
    accepted,
    gae,
    kl_in_reward,
    outcome_advantages,
    process_advantages,
)

NAN = math.nan
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
    advantages, flat = outcome_advantages(torch.tensor(groups, dtype=torch.float64), scale)
    for row, is_flat, group in zip(advantages.tolist(), flat.tolist(), groups, strict=True):
        assert row == pytest.approx(by_hand(group, scale), abs=1e-9)
        assert is_flat == (len(set(group)) == 1)


def test_one_right_answer_in_four_is_worth_three_wrong_ones():
    advantages, flat = outcome_advantages(torch.tensor([[0.0, 1.0, 0.0, 0.0]]))
    spread = 0.5 + 1e-4  # the unbiased deviation of 0, 1, 0, 0
    expected = [-0.25 / spread, 0.75 / spread, -0.25 / spread, -0.25 / spread]
    assert advantages.tolist() == [pytest.approx(expected, rel=1e-6)]
    assert flat.tolist() == [False]
    assert advantages.dtype == torch.float32


def test_two_completions_are_enough_for_a_standard_deviation():
    advantages, _ = outcome_advantages(torch.tensor([[0.0, 1e-3]], dtype=torch.float64))
    size = 0.5e-3 / (1e-3 / math.sqrt(2) + 1e-4)  # so small that 1e-4 matters
    assert advantages.tolist() == [pytest.approx([-size, size], rel=1e-9)]


@pytest.mark.parametrize("scale", ["std", "none"])
@pytest.mark.parametrize("same", [0.0, 1.0, 0.1, 1e30])
@pytest.mark.parametrize("size", [1, 2, 3, 64])
def test_a_group_of_equal_rewards_has_advantages_of_exactly_0_and_is_reported(scale, same, size):
    group = torch.full((1, size), same)  # the mean of three times 0.1 is not 0.1
    advantages, flat = outcome_advantages(group, scale)
    assert advantages.tolist() == [[0.0] * size]
    assert flat.tolist() == [True]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_reward_that_is_not_finite_is_an_error(bad):
    with pytest.raises(ValueError, match="must be finite"):
        outcome_advantages(torch.tensor([[1.0, bad]]))
    with pytest.raises(ValueError, match="must be finite"):
        process_advantages([[(0, bad), (1, 1.0)]], [2])


def test_a_worked_example_of_process_supervision():
    # Rewards 1, 0 | 1, 1, 0 | 0, 0, 0: mean 3/8, squared deviations 3 (5/8)^2 + 5 (3/8)^2 = 15/8,
    # unbiased deviation sqrt(15/56). A right step is worth `up`, a wrong one `down`.
    spread = math.sqrt(15 / 56) + 1e-4
    up, down = 0.625 / spread, -0.375 / spread
    steps = [[(1, 1.0), (3, 0.0)], [(0, 1.0), (2, 1.0), (3, 0.0)], [(0, 0.0), (1, 0.0), (2, 0.0)]]
    advantages, flat = process_advantages(steps, [4, 5, 3])
    assert flat is False
    expected = [
        [up + down, up + down, down, down],
        [up + up + down, up + down, up + down, down, 0],  # 0 after the last step
        [3 * down, 2 * down, down],
    ]
    assert [row.tolist() for row in advantages] == [pytest.approx(row) for row in expected]


@st.composite
def groups_with_steps(draw):
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    steps = [
        draw(st.lists(st.tuples(st.integers(0, length - 1), rewards), max_size=4))
        for length in lengths
    ]
    return steps, lengths


@given(groups_with_steps(), st.sampled_from(["std", "none"]))
def test_a_token_has_the_sum_of_the_normalised_rewards_from_its_index_on(group, scale):
    steps, lengths = group
    advantages, flat = process_advantages(steps, lengths, scale)
    values = [reward for ends in steps for _, reward in ends]
    normalised = iter(by_hand(values, scale) if values else [])
    of_steps = [[(end, next(normalised)) for end, _ in ends] for ends in steps]
    for row, ends, length in zip(advantages, of_steps, lengths, strict=True):
        expected = [sum(value for end, value in ends if end >= index) for index in range(length)]
        assert row.tolist() == pytest.approx(expected, abs=1e-9)
        assert row.dtype == torch.float64
    assert flat == (len(set(values)) <= 1)


def test_one_step_at_the_end_of_each_completion_is_outcome_supervision():
    outcome, _ = outcome_advantages(torch.tensor([[0.0, 1.0, 0.5]], dtype=torch.float64))
    process, _ = process_advantages([[(1, 0.0)], [(0, 1.0)], [(2, 0.5)]], [2, 1, 3])
    for advantage, row in zip(outcome[0].tolist(), process, strict=True):
        assert row.tolist() == pytest.approx([advantage] * len(row), abs=1e-12)


def test_steps_that_end_at_the_same_index_both_count():
    advantages, _ = process_advantages([[(1, 2.0), (1, 1.0)], [(0, 0.0)]], [2, 1], "none")
    assert [row.tolist() for row in advantages] == [[1, 1], [-1]]


def test_the_order_of_steps_does_not_matter():
    first, _ = process_advantages([[(2, 0.0), (0, 1.0)], [(1, 3.0)]], [3, 2])
    second, _ = process_advantages([[(0, 1.0), (2, 0.0)], [(1, 3.0)]], [3, 2])
    assert [row.tolist() for row in first] == [pytest.approx(row.tolist()) for row in second]


@pytest.mark.parametrize("steps", [[[], []], [[(1, 1.0)], []], [[(0, 0.5), (1, 0.5)], [(0, 0.5)]]])
def test_no_step_a_single_step_or_equal_steps_have_zero_advantage(steps):
    advantages, flat = process_advantages(steps, [2, 1])
    assert [row.tolist() for row in advantages] == [[0, 0], [0]]
    assert all(row.dtype == torch.float64 for row in advantages)
    assert flat is True


@pytest.mark.parametrize("index", [-1, 2, 100])
def test_a_step_that_ends_outside_its_completion_is_an_error(index):
    with pytest.raises(ValueError, match=f"ends at {index}, outside a completion of 2 tokens"):
        process_advantages([[(0, 1.0)], [(index, 1.0)]], [9, 2])


def test_a_completion_without_a_list_of_steps_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        process_advantages([[(0, 1.0)]], [1, 1])


def test_an_answer_is_accepted_from_one_half_on():
    advantage = accepted(torch.tensor([[0.0, 0.49, 0.5], [1.0, -1.0, 2.0]]))
    assert advantage.tolist() == [[0, 0, 1], [1, 0, 1]]
    assert advantage.dtype == torch.float32


def test_every_token_is_penalised_by_its_kl_and_the_last_gets_the_reward():
    old = torch.tensor([[-1.0, -2.0, -3.0], [-1.0, NAN, math.inf], [NAN, -1.0, -1.0], [0, 0, -1]])
    reference = torch.tensor(
        [[-1.5, -1.0, -3.0], [-2.0, -math.inf, NAN], [NAN, -1.0, -3.0], [0, 0, -1]]
    )
    mask = torch.tensor(
        [[True, True, True], [True, False, False], [False, True, True], [False, False, True]]
    )
    reward = kl_in_reward(torch.tensor([1.0, 0.5, 0.0, 2.0]), old, reference, mask, beta=0.1)
    expected = [[-0.05, 0.1, 1.0], [-0.1 + 0.5, 0, 0], [0, 0, -0.2], [0, 0, 2.0]]
    assert reward.tolist() == [pytest.approx(row) for row in expected]


def test_the_kl_in_the_reward_keeps_the_precision_of_the_log_probabilities_and_no_gradient():
    old = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    mask = torch.ones(1, 1, dtype=torch.bool)
    reward = kl_in_reward(torch.tensor([1.0]), old, old - 1, mask, beta=0.25)
    assert reward.dtype == torch.float64
    assert reward.tolist() == [[0.75]]
    assert not reward.requires_grad


def test_gae_of_three_tokens_by_hand():
    reward = torch.tensor([[0.0, 0.5, 1.0]])
    value = torch.tensor([[0.25, 0.75, 0.5]])
    advantage, target = gae(reward, value, torch.ones(1, 3, dtype=torch.bool), decay=0.5, gamma=0.5)
    # errors: 0 + .5 x .75 - .25 = .125; .5 + .5 x .5 - .75 = 0; 1 - .5 = .5
    assert advantage.tolist() == [[0.125 + 0.25 * (0 + 0.25 * 0.5), 0.25 * 0.5, 0.5]]
    assert target.tolist() == [[0.40625, 0.875, 1.0]]


numbers = st.floats(-5, 5)


@st.composite
def batches(draw):
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    rows = [[draw(st.tuples(numbers, numbers)) for _ in range(length)] for length in lengths]
    return rows, draw(st.integers(0, 2)), draw(st.integers(0, 2))


@given(batches(), st.floats(0, 1), st.floats(0, 1))
def test_gae_is_the_discounted_sum_of_all_later_errors_whatever_is_outside(batch, decay, gamma):
    rows, left, right = batch
    width = left + max(map(len, rows)) + right
    padded = torch.full((2, len(rows), width), math.nan, dtype=torch.float64)
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for i, row in enumerate(rows):
        padded[:, i, left : left + len(row)] = torch.tensor(row, dtype=torch.float64).T
        mask[i, left : left + len(row)] = True
    advantage, target = gae(padded[0], padded[1], mask, decay, gamma)
    for i, row in enumerate(rows):
        values = [value for _, value in row] + [0.0]
        errors = [r + gamma * values[t + 1] - v for t, (r, v) in enumerate(row)]
        for t in range(len(row)):
            expected = sum((gamma * decay) ** (u - t) * errors[u] for u in range(t, len(row)))
            assert advantage[i, left + t].item() == pytest.approx(expected, abs=1e-9)
            assert target[i, left + t].item() == pytest.approx(expected + values[t], abs=1e-9)
    assert not advantage[~mask].any()
    assert not target[~mask].any()
    assert advantage.dtype == torch.float64


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_without_decay_the_return_is_the_sum_of_the_remaining_rewards(row):
    reward, value = torch.tensor([row], dtype=torch.float64).unbind(2)
    _, target = gae(reward, value, torch.ones(1, len(row), dtype=torch.bool), decay=1.0)
    remaining = [sum(r for r, _ in row[t:]) for t in range(len(row))]
    assert target[0].tolist() == pytest.approx(remaining, abs=1e-9)


def test_values_get_no_gradient():
    value = torch.zeros(1, 2, requires_grad=True)
    advantage, target = gae(torch.ones(1, 2), value, torch.ones(1, 2, dtype=torch.bool), 0.9)
    assert not advantage.requires_grad
    assert not target.requires_grad
