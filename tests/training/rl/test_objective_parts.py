"""The parts of the objective one by one: KL estimators, token weights and the critic's loss."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.objective import _clipped_ratio, kl_estimate, token_weights, value_loss

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


def test_on_policy_k2_has_the_gradient_of_the_kl_k3_of_the_reverse_kl_and_k1_none():
    logits = POLICY.log().requires_grad_()
    forward = divergence(logits.softmax(0), REFERENCE, logits)[1]
    reverse = divergence(REFERENCE, logits.softmax(0), logits)[1]
    torch.testing.assert_close(mean_over_samples("k2")[1], forward)
    torch.testing.assert_close(mean_over_samples("k3")[1], reverse)
    torch.testing.assert_close(mean_over_samples("k1")[1], torch.zeros_like(forward))


@pytest.mark.parametrize(
    ("estimator", "value", "slope"),
    [("k1", 2.0, 1.0), ("k2", 2.0, 2.0), ("k3", math.exp(-2) + 1, 1 - math.exp(-2))],
)
def test_estimates_and_slopes_by_hand(estimator, value, slope):
    logp, reference = torch.tensor([-1.0]).double(), torch.tensor([-3.0]).double()
    estimate, derivative = kl_estimate(estimator, logp, reference)
    assert estimate.item() == pytest.approx(value, abs=1e-12)
    assert derivative.item() == pytest.approx(slope, abs=1e-12)


def test_a_ratio_exactly_at_the_clip_is_not_clipped_and_keeps_its_gradient():
    ratio, advantage = torch.tensor([[1.5, 0.75]]), torch.tensor([[2.0, -2.0]])
    terms = _clipped_ratio(ratio, advantage, torch.ones(1, 2), clip_low=0.25, clip_high=0.5)
    assert terms.clipped_BT.tolist() == [[False, False]]
    assert terms.value_BT.tolist() == terms.coefficient_BT.tolist() == [[3.0, -1.5]]


numbers = st.floats(-20, 0)


@given(numbers, numbers, st.sampled_from(["k1", "k2", "k3"]))
def test_the_slope_is_the_derivative_of_the_estimate(policy, reference, estimator):
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
    expected = [-math.expm1(-distance) for distance in moved]
    assert slope.tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("estimator", ["k0", "k4"])
def test_an_unknown_estimator_is_an_error(estimator):
    with pytest.raises(ValueError, match=f"k1, k2 or k3, not '{estimator}'"):
        kl_estimate(estimator, torch.zeros(1), torch.zeros(1))


lengths = st.lists(st.integers(0, 6), min_size=1, max_size=5)


def mask_of(lengths, width=7):
    return torch.arange(width) < torch.tensor(lengths)[:, None]


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        ("sequence", [[1 / 12, 1 / 12, 1 / 12, 0], [1 / 4, 0, 0, 0]]),
        ("token", [[1 / 9, 1 / 9, 1 / 9, 0], [1 / 9, 0, 0, 0]]),
        ("constant", [[1 / 40, 1 / 40, 1 / 40, 0], [1 / 40, 0, 0, 0]]),
    ],
)
def test_the_weight_of_a_token_depends_on_the_whole_update_and_not_on_its_microbatch(
    average, expected
):
    mask = mask_of([3, 1], width=4)
    weights = token_weights(mask, average, outputs=4, tokens=9, max_new_tokens=10)
    assert weights.dtype == torch.float32
    assert weights.tolist() == [pytest.approx(row) for row in expected]


@given(lengths, st.sampled_from(["sequence", "token", "constant"]))
def test_the_weights_of_an_update_add_up_to_1_or_to_the_used_share(lengths, average):
    lengths = [*lengths, 1]
    weights = token_weights(
        mask_of(lengths),
        average,
        outputs=len(lengths),
        tokens=sum(lengths),
        max_new_tokens=6,
        dtype=torch.float64,
    )
    share = {
        "sequence": sum(length > 0 for length in lengths) / len(lengths),
        "token": 1,
        "constant": sum(lengths) / (6 * len(lengths)),
    }
    assert weights.sum().item() == pytest.approx(share[average], abs=1e-12)
    assert torch.equal(weights > 0, mask_of(lengths))


def test_an_unknown_average_is_an_error():
    with pytest.raises(ValueError, match="not 'mean'"):
        token_weights(mask_of([1]), "mean", outputs=1, tokens=1, max_new_tokens=1)


def test_squared_errors_are_weighted_and_tokens_without_weight_are_ignored():
    value = torch.tensor([[1.0, 3.0, math.nan], [2.0, math.inf, 0.0]], requires_grad=True)
    returns = torch.tensor([[0.5, 1.0, 1.0], [2.5, math.nan, -math.inf]])
    weights = torch.tensor([[0.25, 0.25, 0.0], [0.5, 0.0, 0.0]])
    loss = value_loss(value, returns, weights)
    loss.backward()
    assert loss.item() == 0.25 * 0.25 + 0.25 * 4 + 0.5 * 0.25
    assert value.grad.tolist() == [[0.25, 1.0, 0.0], [-0.5, 0.0, 0.0]]


def test_returns_get_no_gradient():
    returns = torch.zeros(1, 1, requires_grad=True)
    value = torch.ones(1, 1, requires_grad=True)
    value_loss(value, returns, torch.ones(1, 1)).backward()
    assert returns.grad is None
