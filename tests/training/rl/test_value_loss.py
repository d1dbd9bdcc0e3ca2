import math

import torch

from training.rl.objective import value_loss


def test_squared_errors_are_weighed_and_what_has_no_weight_is_not_seen():
    value = torch.tensor([[1.0, 3.0, math.nan], [2.0, math.inf, 0.0]], requires_grad=True)
    returns = torch.tensor([[0.5, 1.0, 1.0], [2.5, math.nan, -math.inf]])
    weights = torch.tensor([[0.25, 0.25, 0.0], [0.5, 0.0, 0.0]])
    found = value_loss(value, returns, weights)
    found.backward()
    assert found.item() == 0.25 * 0.25 + 0.25 * 4 + 0.5 * 0.25
    assert value.grad.tolist() == [[0.25, 1.0, 0.0], [-0.5, 0.0, 0.0]]


def test_returns_get_no_gradient():
    returns = torch.zeros(1, 1, requires_grad=True)
    value = torch.ones(1, 1, requires_grad=True)
    value_loss(value, returns, torch.ones(1, 1)).backward()
    assert returns.grad is None
