import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.kl import kl_estimate

POLICY = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
REFERENCE = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)


def mean_over_samples(estimator):
    """Exact means of the estimate and of its derivative times the score, by the policy's logits."""
    logits = POLICY.log().requires_grad_()
    logp = logits.log_softmax(0)
    estimate, slope = kl_estimate(estimator, logp.detach(), REFERENCE.log())
    (gradient,) = torch.autograd.grad((POLICY * slope * logp).sum(), logits)
    return (POLICY * estimate).sum(), gradient


def divergence(first, second, logits):
    value = (first * (first / second).log()).sum()
    return value.detach(), torch.autograd.grad(value, logits)[0]


def test_k1_and_k3_are_unbiased_and_k2_is_not():
    logits = POLICY.log().requires_grad_()
    exact, _ = divergence(logits.softmax(0), REFERENCE, logits)
    torch.testing.assert_close(mean_over_samples("k1")[0], exact)
    torch.testing.assert_close(mean_over_samples("k3")[0], exact)
    assert abs(mean_over_samples("k2")[0] - exact) > 0.05


def test_on_policy_k2_pulls_as_the_kl_k3_as_the_reverse_and_k1_not_at_all():
    logits = POLICY.log().requires_grad_()
    forward = divergence(logits.softmax(0), REFERENCE, logits)[1]
    reverse = divergence(REFERENCE, logits.softmax(0), logits)[1]
    torch.testing.assert_close(mean_over_samples("k2")[1], forward)
    torch.testing.assert_close(mean_over_samples("k3")[1], reverse)
    torch.testing.assert_close(mean_over_samples("k1")[1], torch.zeros_like(forward))


numbers = st.floats(-20, 0)


@given(numbers, numbers, st.sampled_from(["k1", "k2", "k3"]))
def test_the_derivative_is_that_of_the_estimate(policy, reference, estimator):
    logp = torch.tensor(policy, dtype=torch.float64, requires_grad=True)
    estimate, slope = kl_estimate(estimator, logp, torch.tensor(reference, dtype=torch.float64))
    (expected,) = torch.autograd.grad(estimate, logp)
    torch.testing.assert_close(slope.detach(), expected, rtol=1e-12, atol=1e-12)


def test_k3_keeps_its_digits_where_the_policy_has_hardly_moved():
    logp = torch.tensor([-1.0, -1.0, -1.0])
    reference = torch.tensor([-1.0001, -0.9999, -1.0])
    estimate, slope = kl_estimate("k3", logp, reference)
    moved = (logp - reference).double().tolist()
    expected = [distance + math.expm1(-distance) for distance in moved]
    assert estimate.tolist() == pytest.approx(expected, rel=0.01)  # of 5e-9; exp - 1 has none right
    assert slope.tolist() == pytest.approx([-math.expm1(-one) for one in moved], rel=1e-6)


def test_an_estimator_of_another_name_is_an_error():
    with pytest.raises(ValueError, match="k1, k2 or k3, not 'k4'"):
        kl_estimate("k4", torch.zeros(1), torch.zeros(1))
