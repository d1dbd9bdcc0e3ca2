import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.advantage import gae


def test_an_output_of_three_tokens_by_hand():
    reward = torch.tensor([[0.0, 0.5, 1.0]])
    value = torch.tensor([[0.25, 0.75, 0.5]])
    found, returns = gae(reward, value, torch.ones(1, 3, dtype=torch.bool), decay=0.5, gamma=0.5)
    # errors: 0 + .5 x .75 - .25 = .125; .5 + .5 x .5 - .75 = 0; 1 - .5 = .5
    assert found.tolist() == [[0.125 + 0.25 * (0 + 0.25 * 0.5), 0.25 * 0.5, 0.5]]
    assert returns.tolist() == [[0.40625, 0.875, 1.0]]


numbers = st.floats(-5, 5)


@st.composite
def batches(draw):
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    rows = [[draw(st.tuples(numbers, numbers)) for _ in range(length)] for length in lengths]
    return rows, draw(st.integers(0, 2)), draw(st.integers(0, 2))


@given(batches(), st.floats(0, 1), st.floats(0, 1))
def test_it_is_the_sum_of_all_later_errors_whatever_lies_outside(batch, decay, gamma):
    rows, left, right = batch
    width = left + max(map(len, rows)) + right
    padded = torch.full((2, len(rows), width), math.nan, dtype=torch.float64)
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for i, row in enumerate(rows):
        padded[:, i, left : left + len(row)] = torch.tensor(row, dtype=torch.float64).T
        mask[i, left : left + len(row)] = True
    found, returns = gae(padded[0], padded[1], mask, decay, gamma)
    for i, row in enumerate(rows):
        values = [value for _, value in row] + [0.0]
        errors = [r + gamma * values[t + 1] - v for t, (r, v) in enumerate(row)]
        for t in range(len(row)):
            expected = sum((gamma * decay) ** (u - t) * errors[u] for u in range(t, len(row)))
            assert found[i, left + t].item() == pytest.approx(expected, abs=1e-9)
            assert returns[i, left + t].item() == pytest.approx(expected + values[t], abs=1e-9)
    assert not found[~mask].any()
    assert not returns[~mask].any()
    assert found.dtype == torch.float64


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_without_decay_the_return_is_all_that_is_still_earned(row):
    reward, value = torch.tensor([row], dtype=torch.float64).unbind(2)
    _, returns = gae(reward, value, torch.ones(1, len(row), dtype=torch.bool), decay=1.0)
    earned = [sum(r for r, _ in row[t:]) for t in range(len(row))]
    assert returns[0].tolist() == pytest.approx(earned, abs=1e-9)


def test_values_get_no_gradient():
    value = torch.zeros(1, 2, requires_grad=True)
    found, returns = gae(torch.ones(1, 2), value, torch.ones(1, 2, dtype=torch.bool), 0.9)
    assert not found.requires_grad
    assert not returns.requires_grad
