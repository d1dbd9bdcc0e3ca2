import math

import pytest
import torch

from training.rl.kl import kl_in_reward

NAN = math.nan


def test_every_token_pays_for_its_distance_and_the_last_earns_the_reward():
    old = torch.tensor([[-1.0, -2.0, -3.0], [-1.0, NAN, math.inf], [NAN, -1.0, -1.0], [0, 0, -1]])
    reference = torch.tensor(
        [[-1.5, -1.0, -3.0], [-2.0, -math.inf, NAN], [NAN, -1.0, -3.0], [0, 0, -1]]
    )
    mask = torch.tensor(
        [[True, True, True], [True, False, False], [False, True, True], [False, False, True]]
    )
    found = kl_in_reward(torch.tensor([1.0, 0.5, 0.0, 2.0]), old, reference, mask, beta=0.1)
    expected = [[-0.05, 0.1, 1.0], [-0.1 + 0.5, 0, 0], [0, 0, -0.2], [0, 0, 2.0]]
    assert found.tolist() == [pytest.approx(row) for row in expected]


def test_it_keeps_the_precision_of_the_log_probabilities_and_no_gradient():
    old = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    mask = torch.ones(1, 1, dtype=torch.bool)
    found = kl_in_reward(torch.tensor([1.0]), old, old - 1, mask, beta=0.25)
    assert found.dtype == torch.float64
    assert found.tolist() == [[0.75]]
    assert not found.requires_grad
