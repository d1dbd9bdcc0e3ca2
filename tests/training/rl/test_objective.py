"""Every method against a slow loop over scalars, written from the formulas, and its autograd."""

import math
from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.objective import loss, objective_terms, token_weights
from training.settings.grpo import Objective

CONSTANT = 7  # tokens at most, for Dr. GRPO


@dataclass
class Case:
    """Float64[B, T] each, NaN after the end of every completion."""

    logp: torch.Tensor
    old: torch.Tensor
    reference: torch.Tensor
    rollout: torch.Tensor
    advantage: torch.Tensor
    lengths: list[int]

    def mask(self):
        return torch.arange(self.logp.shape[1]) < torch.tensor(self.lengths)[:, None]

    def loss(self, settings):
        rollout = self.rollout if settings.importance_cap else None
        tensors = (self.logp, self.old, self.reference, rollout, self.advantage, self.mask())
        return loss(self.logp, objective_terms(*tensors, settings), self.weights(settings))

    def weights(self, settings):
        return token_weights(
            self.mask(),
            settings.average,
            outputs=len(self.lengths),
            tokens=sum(self.lengths),
            max_new_tokens=CONSTANT,
            dtype=torch.float64,
        )


def make_case(lengths, seed, process):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths) + seed % 2)

    def normal(scale):
        return scale * torch.randn(shape, generator=generator, dtype=torch.float64)

    logp = -normal(2).abs()
    advantage = normal(1) if process else normal(1)[:, :1].expand(shape).clone()
    case = Case(
        logp, logp + normal(0.3), logp + normal(0.5), logp + normal(0.5), advantage, lengths
    )
    for tensor in (case.logp, case.old, case.reference, case.rollout, case.advantage):
        tensor[~case.mask()] = math.nan
    case.logp.requires_grad_()
    return case


cases = st.builds(
    make_case,
    st.lists(st.integers(1, 6), min_size=1, max_size=5),
    st.integers(0, 10**6),
    st.booleans(),
)


def assert_same(case, settings, objective):
    """The loss is -objective to 1e-9, its gradient to 1e-8 and 0 after the completions."""
    (expected,) = torch.autograd.grad(-objective, case.logp)
    value = case.loss(settings)
    (gradient,) = torch.autograd.grad(value, case.logp)
    assert value.dtype == torch.float64
    assert abs((value + objective).item()) <= 1e-9
    assert (gradient - expected).abs().max() <= 1e-8
    assert not gradient[~case.mask()].any()


def equation_3(case, epsilon, beta):
    """1/G sum_i 1/|o_i| sum_t { min(r A, clip(r, 1 - eps, 1 + eps) A) - beta D_KL }, by scalars."""
    total = 0
    for i, length in enumerate(case.lengths):
        of_completion = 0
        for t in range(length):
            ratio = torch.exp(case.logp[i, t] - case.old[i, t])
            clipped = torch.clamp(ratio, 1 - epsilon, 1 + epsilon)
            gain = torch.minimum(ratio * case.advantage[i, t], clipped * case.advantage[i, t])
            inverse = torch.exp(case.reference[i, t]) / torch.exp(case.logp[i, t])
            of_completion += gain - beta * (inverse - torch.log(inverse) - 1)
        total += of_completion / length
    return total / len(case.lengths)


@given(cases, st.floats(0.05, 0.4), st.floats(0, 1))
def test_grpo_is_equation_3(case, epsilon, beta):
    settings = Objective(clip_low=epsilon, clip_high=epsilon, beta=beta)
    assert_same(case, settings, equation_3(case, epsilon, beta))


def by_token(case, term, average):
    """The average over tokens of `term(i, t)`."""
    terms = [[term(i, t) for t in range(length)] for i, length in enumerate(case.lengths)]
    if average == "sequence":
        return sum(sum(row) / len(row) for row in terms) / len(terms)
    if average == "token":
        return sum(map(sum, terms)) / sum(map(len, terms))
    return sum(map(sum, terms)) / (len(terms) * CONSTANT)


def clipped(ratio, advantage, low, high):
    return torch.minimum(ratio * advantage, torch.clamp(ratio, 1 - low, 1 + high) * advantage)


AVERAGES = st.sampled_from(["sequence", "token", "constant"])


@given(cases, AVERAGES)
def test_the_clip_is_as_wide_as_set_on_either_side_and_the_average_as_set(case, average):
    def term(i, t):
        ratio = torch.exp(case.logp[i, t] - case.old[i, t])
        return clipped(ratio, case.advantage[i, t], 0.2, 0.28)

    settings = Objective(clip_high=0.28, beta=0, average=average)
    assert_same(case, settings, by_token(case, term, average))


@given(cases, AVERAGES)
def test_a_sequence_ratio_is_the_geometric_mean_over_tokens(case, average):
    def term(i, t):
        whole = range(case.lengths[i])
        ratio = math.prod(torch.exp(case.logp[i, s] - case.old[i, s]) for s in whole)
        ratio = ratio ** (1 / len(whole))
        return clipped(ratio, case.advantage[i, t], 0.03, 0.04)

    settings = Objective(ratio="sequence", clip_low=0.03, clip_high=0.04, beta=0, average=average)
    assert_same(case, settings, by_token(case, term, average))


@given(cases, st.sampled_from(["token", "sequence"]), st.floats(0.5, 2))
def test_importance_is_capped_and_weights_the_surrogate_but_not_the_kl(case, level, cap):
    def term(i, t):
        weight = min(math.exp(case.old[i, t] - case.rollout[i, t]), cap)
        tokens = range(case.lengths[i]) if level == "sequence" else [t]
        ratio = torch.exp(sum(case.logp[i, s] - case.old[i, s] for s in tokens) / len(tokens))
        to_reference = case.reference[i, t] - case.logp[i, t]
        kl = torch.exp(to_reference) - to_reference - 1
        return weight * clipped(ratio, case.advantage[i, t], 0.2, 0.2) - 0.3 * kl

    settings = Objective(ratio=level, importance_cap=cap, beta=0.3)
    assert_same(case, settings, by_token(case, term, "sequence"))


@given(cases, st.sampled_from(["k1", "k2"]))
def test_the_other_estimators_of_the_kl_are_in_the_loss_as_k3_is(case, kl):
    def term(i, t):
        ratio = torch.exp(case.logp[i, t] - case.old[i, t])
        distance = case.logp[i, t] - case.reference[i, t]
        penalty = distance if kl == "k1" else distance**2 / 2
        return clipped(ratio, case.advantage[i, t], 0.2, 0.2) - 0.1 * penalty

    assert_same(case, Objective(kl=kl, beta=0.1), by_token(case, term, "sequence"))


@given(cases)
def test_ppo_is_the_clipped_surrogate_and_its_kl_is_not_in_the_loss(case):
    def term(i, t):
        ratio = torch.exp(case.logp[i, t] - case.old[i, t])
        return clipped(ratio, case.advantage[i, t], 0.2, 0.2)

    assert_same(case, Objective(method="ppo", beta=0.1), by_token(case, term, "sequence"))


@given(cases, st.sampled_from(["online_rft", "rft", "sft"]), AVERAGES)
def test_imitation_is_the_log_likelihood_of_what_is_accepted(case, method, average):
    case.advantage = torch.where(case.mask(), (case.advantage > 0).double(), math.nan)

    def term(i, t):
        return case.logp[i, t] if case.advantage[i, t] else 0 * case.logp[i, t]

    settings = Objective(method=method, average=average)
    assert_same(case, settings, by_token(case, term, average))


@given(cases)
def test_online_rejection_sampling_may_use_importance_weights(case):
    def term(i, t):
        weight = min(math.exp(case.old[i, t] - case.rollout[i, t]), 1.5)
        return weight * case.advantage[i, t] * case.logp[i, t]

    settings = Objective(method="online_rft", importance_cap=1.5)
    assert_same(case, settings, by_token(case, term, "sequence"))


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=3),
    st.integers(0, 10**6),
    st.floats(0.01, 3),
)
def test_dpo_is_the_mean_over_pairs_of_log_sigmoid_of_length_averaged_log_ratios(pairs, seed, beta):
    case = make_case([length for pair in pairs for length in pair], seed, process=False)

    def mean_log_ratio(i):
        tokens = range(case.lengths[i])
        return sum(case.logp[i, t] - case.reference[i, t] for t in tokens) / len(tokens)

    total = 0
    for chosen in range(0, len(case.lengths), 2):
        margin = beta * mean_log_ratio(chosen) - beta * mean_log_ratio(chosen + 1)
        total += torch.log(1 / (1 + torch.exp(-margin)))
    assert_same(case, Objective(method="dpo", beta=beta), total / len(pairs))


@given(cases, st.floats(0, 1))
def test_on_policy_the_coefficient_is_equation_21(case, beta):
    terms = terms_of(replace(case, old=case.logp.detach()), Objective(beta=beta))
    for i, length in enumerate(case.lengths):
        for t in range(length):
            inverse = math.exp(case.reference[i, t]) / math.exp(case.logp[i, t].item())
            expected = case.advantage[i, t].item() + beta * (inverse - 1)
            assert terms.coefficient_BT[i, t].item() == pytest.approx(expected, abs=1e-12)


@given(cases, st.sampled_from(["token", "sequence"]))
def test_at_the_first_update_every_ratio_is_1_and_nothing_is_clipped(case, level):
    settings = Objective(ratio=level, clip_low=1e-9, clip_high=1e-9)
    terms = terms_of(replace(case, old=case.logp.detach()), settings)
    assert (terms.ratio_BT == 1).all()
    assert not terms.clipped_BT.any()


def terms_of(case, settings):
    return objective_terms(
        case.logp, case.old, case.reference, case.rollout, case.advantage, case.mask(), settings
    )


def row(*numbers, dtype=torch.float64):
    return torch.tensor([numbers], dtype=dtype)


def test_the_coefficient_is_0_only_where_the_clip_limits_a_gain():
    ratio = row(1.5, 1.5, 0.5, 0.5, 1.1, 1.5, 0.5)
    advantage = row(1, -1, 1, -1, 2, 0, 0)
    zero, mask = torch.zeros(1, 7, dtype=torch.float64), torch.ones(1, 7, dtype=torch.bool)
    terms = objective_terms(
        ratio.log(), zero, None, None, advantage, mask, Objective(beta=0, clip_high=0.3)
    )
    assert terms.clipped_BT.tolist() == [[True, False, False, True, False, False, False]]
    torch.testing.assert_close(terms.value_BT, row(1.3, -1.5, 0.5, -0.8, 2.2, 0, 0))
    torch.testing.assert_close(terms.coefficient_BT, row(0, -1.5, 0.5, 0, 2.2, 0, 0))
    torch.testing.assert_close(terms.ratio_BT, ratio)
    assert terms.kl_BT is None
    assert terms.importance_BT.tolist() == [[1] * 7]


def test_dpo_weights_a_pair_by_how_wrong_it_still_is():
    logp, reference = row(-1, -1).T.contiguous(), row(-2, -4).T.contiguous()
    mask = torch.ones(2, 1, dtype=torch.bool)
    settings = Objective(method="dpo", beta=0.5)
    terms = objective_terms(logp, logp, reference, None, logp, mask, settings)
    margin = 0.5 * (1 - 3)
    wrong = 1 / (1 + math.exp(margin))
    assert terms.value_BT.flatten().tolist() == pytest.approx([math.log(1 - wrong)] * 2)
    assert terms.coefficient_BT.flatten().tolist() == pytest.approx([wrong, -wrong])


SETTINGS = [
    Objective(),
    Objective(kl="k1"),
    Objective(average="constant", scale="none", beta=0),
    Objective(average="token", clip_high=0.28, importance_cap=2),
    Objective(ratio="sequence", clip_low=0.03, clip_high=0.04),
    *(Objective(method=method) for method in ("ppo", "online_rft", "rft", "sft", "dpo")),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_microbatches_of_an_update_add_up_to_it(settings):
    whole = make_case([3, 1, 6, 2, 5, 5], seed=5, process=settings.method == "grpo")
    expected = whole.loss(settings)
    (slope,) = torch.autograd.grad(expected, whole.logp)
    total = 0.0
    for rows, width in (slice(0, 2), 3), (slice(2, 4), 7), (slice(4, 6), 5):
        tensors = (whole.logp, whole.old, whole.reference, whole.rollout, whole.advantage)
        parts = [tensor.detach()[rows, :width].clone() for tensor in (*tensors, whole.mask())]
        logp = parts[0].requires_grad_()
        weights = whole.weights(settings)[rows, :width]
        value = loss(logp, objective_terms(*parts, settings), weights)
        value.backward()
        total += value.item()
        assert torch.equal(logp.grad, slope[rows, :width])
    assert total == pytest.approx(expected.item(), abs=1e-12)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("garbage", [math.nan, math.inf, -math.inf, 1e300])
def test_values_after_a_completion_change_nothing(settings, garbage):
    clean, dirty = (make_case([3, 1, 6, 2], seed=4, process=False) for _ in range(2))
    for case, filling in (clean, 0.0), (dirty, garbage):
        for tensor in (case.logp, case.old, case.reference, case.rollout, case.advantage):
            with torch.no_grad():
                tensor[~case.mask()] = filling
    values = [case.loss(settings) for case in (clean, dirty)]
    slopes = [
        torch.autograd.grad(value, case.logp)[0]
        for value, case in zip(values, (clean, dirty), strict=True)
    ]
    assert torch.equal(*values)
    assert torch.equal(*slopes)
    assert slopes[0].isfinite().all()
    assert slopes[0][clean.mask()].any()
    terms = terms_of(dirty, settings)
    assert not terms.value_BT[~dirty.mask()].any()
    assert not terms.coefficient_BT[~dirty.mask()].any()


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_row_without_tokens_adds_nothing(settings):
    case = make_case([3, 2], seed=1, process=False)
    mask = torch.zeros_like(case.mask())
    terms = objective_terms(
        case.logp, case.old, case.reference, case.rollout, case.advantage, mask, settings
    )
    value = loss(case.logp, terms, torch.zeros_like(case.logp))
    value.backward()
    assert value.item() == 0
    assert not case.logp.grad.any()


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_nan_within_a_completion_is_not_hidden(settings):
    case = make_case([3, 2], seed=1, process=False)
    with torch.no_grad():
        case.logp[0, 1] = math.nan
    assert case.loss(settings).isnan()


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_terms_have_the_precision_of_the_policy_and_no_gradient(settings, dtype):
    case = make_case([3, 2], seed=1, process=False)
    logp = case.logp.detach().to(dtype).requires_grad_()
    terms = terms_of(replace(case, logp=logp), settings)
    floats = (terms.value_BT, terms.coefficient_BT, terms.ratio_BT, terms.kl_BT)
    for tensor in (*floats, terms.importance_BT):
        assert tensor.dtype == dtype
        assert not tensor.requires_grad
        assert tensor.shape == logp.shape
    assert terms.clipped_BT.dtype == torch.bool


def test_the_kl_is_a_metric_for_methods_without_it_in_the_loss():
    case = make_case([3, 2], seed=1, process=False)
    of_grpo = terms_of(case, Objective()).kl_BT
    for method in ("ppo", "online_rft", "rft", "sft", "dpo"):
        assert torch.equal(terms_of(case, Objective(method=method)).kl_BT, of_grpo)


@pytest.mark.parametrize("settings", [Objective(beta=0), Objective(method="ppo")], ids=str)
def test_a_kl_that_is_only_a_metric_cannot_affect_the_objective(settings):
    case = make_case([3, 2], seed=1, process=False)
    far = torch.full_like(case.reference, 800.0)  # exp(800) is inf
    terms = terms_of(replace(case, reference=far), settings)
    assert terms.kl_BT[case.mask()].isinf().all()
    assert terms.value_BT.isfinite().all()
    assert terms.coefficient_BT.isfinite().all()


@pytest.mark.parametrize("method", ["grpo", "dpo"])
def test_a_missing_reference_is_an_error(method):
    case = make_case([3, 2], seed=1, process=False)
    with pytest.raises(ValueError, match="reference's log-probabilities are needed"):
        terms_of(replace(case, reference=None), Objective(method=method))


def test_a_cap_without_the_log_probabilities_of_the_rollout_is_an_error():
    case = make_case([3, 2], seed=1, process=False)
    with pytest.raises(ValueError, match="importance_cap needs the rollout's"):
        terms_of(replace(case, rollout=None), Objective(importance_cap=2.0))


def test_half_a_pair_is_an_error():
    with pytest.raises(ValueError, match="alternate chosen, rejected"):
        terms_of(make_case([3, 2, 2], seed=1, process=False), Objective(method="dpo"))


def test_settings_that_contradict_a_method_are_errors():
    with pytest.raises(ValueError, match="average must be"):
        Objective(method="dpo", average="token")
    with pytest.raises(ValueError, match="importance_cap is not supported with rft"):
        Objective(method="rft", importance_cap=2.0)
