"""Compute the objective of every method, through the gradient coefficient of each token.

Section 5.2.1 of the paper writes a method as a source of data, a reward and a coefficient GC: the
gradient of the objective is the weighted sum over tokens of GC x grad log p(token). Here GC is an
explicit tensor that can be inspected and tested. `objective_terms` computes value and GC of every
token by the same code for every method; `loss` is a scalar with that value and that gradient;
`token_weights` computes the weight of each token. docs/methods.md has the formulas of all methods
and the differences from their sources.
"""

from dataclasses import dataclass, replace

import torch
from torch.nn import functional

from training.settings.grpo import Average, KlEstimator, Objective


@dataclass(frozen=True)
class Terms:
    """What each token of a microbatch adds to the objective: float[B, T], no gradient.

    `value_BT` and `coefficient_BT` are 0 outside the mask; the others are undefined there.
    """

    value_BT: torch.Tensor  # J, which is maximised
    coefficient_BT: torch.Tensor  # GC: the gradient of J is GC x grad log p
    ratio_BT: torch.Tensor  # p / p(old), of whole completions if so set; 1 for methods without one
    clipped_BT: torch.Tensor  # bool: the ratio was clipped, so the surrogate has no gradient
    kl_BT: torch.Tensor | None  # nats to the reference, even if only a metric; None without one
    importance_BT: torch.Tensor  # min(p(old) / p(rollout), cap); 1 without a cap


@dataclass(frozen=True)
class _Surrogate:
    """What the reward adds to each token, before the KL term."""

    value_BT: torch.Tensor
    coefficient_BT: torch.Tensor
    ratio_BT: torch.Tensor
    clipped_BT: torch.Tensor


def objective_terms(
    logp_BT: torch.Tensor,
    old_BT: torch.Tensor,
    reference_BT: torch.Tensor | None,
    rollout_BT: torch.Tensor | None,
    advantage_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    settings: Objective,
) -> Terms:
    """Return value and coefficient of every token under `settings`, in the dtype of `logp_BT`.

    All tensors are [B, T], one row per completion. The log-probabilities are in nats: of the
    policy, of the policy before the first update on this rollout, of the reference, and those that
    the sampling engine reported. `mask_BT` is bool; values outside it may be anything, even NaN.
    For DPO rows alternate chosen, rejected, and `advantage_BT` is ignored.

    The importance weight multiplies what the reward adds but not the KL term: that term holds a
    token to the reference whichever engine sampled it, and matters most where engines disagree.
    Raises ValueError if the settings need log-probabilities of the reference or of the sampling
    engine and they are None.

    Source: DeepSeekMath (arXiv:2402.03300), equations 3 and 21, section 5.2.1, appendix A.1.
    """
    logp_BT, old_BT, advantage_BT = (
        _zero_outside(tensor_BT, mask_BT, logp_BT.dtype)
        for tensor_BT in (logp_BT, old_BT, advantage_BT)
    )
    if reference_BT is not None:
        reference_BT = _zero_outside(reference_BT, mask_BT, logp_BT.dtype)
    if rollout_BT is not None:
        rollout_BT = _zero_outside(rollout_BT, mask_BT, logp_BT.dtype)
    importance_BT = _importance(old_BT, rollout_BT, settings.importance_cap)
    if settings.traits.surrogate == "clipped_ratio":
        log_ratio_BT = logp_BT - old_BT
        if settings.ratio == "sequence":
            log_ratio_BT = _completion_mean(log_ratio_BT, mask_BT).expand_as(log_ratio_BT)
        clip = (settings.clip_low, settings.clip_high)
        surrogate = _clipped_ratio(log_ratio_BT.exp(), advantage_BT, importance_BT, *clip)
        if settings.ratio == "sequence":
            surrogate = _shared_by_tokens(surrogate, mask_BT)
    elif settings.traits.surrogate == "preference":
        surrogate = _preference(logp_BT - _required(reference_BT), mask_BT, settings.beta)
    else:
        surrogate = _likelihood(logp_BT, advantage_BT, importance_BT)
    return _with_kl(surrogate, logp_BT, reference_BT, importance_BT, mask_BT, settings)


def loss(logp_BT: torch.Tensor, terms: Terms, weights_BT: torch.Tensor) -> torch.Tensor:
    """Return the scalar -sum(w J), whose gradient with respect to `logp_BT` is exactly -w GC.

    It is a sum, so with weights of the whole update the losses of its microbatches add up to the
    loss of the update. Tokens of weight 0 may have any log-probability, even NaN, and get a
    gradient of 0.
    """
    logp_BT = torch.where(weights_BT != 0, logp_BT, 0)
    slope_BT = terms.coefficient_BT * (logp_BT - logp_BT.detach())  # 0, but for its gradient
    return -(weights_BT * (terms.value_BT + slope_BT)).sum()


def _zero_outside(
    tensor_BT: torch.Tensor, mask_BT: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """Return the detached tensor with 0 outside the mask: a product with 0 would keep NaN."""
    return torch.where(mask_BT, tensor_BT.detach(), 0).to(dtype)


def _required(reference_BT: torch.Tensor | None) -> torch.Tensor:
    if reference_BT is None:
        raise ValueError("the reference's log-probabilities are needed, or objective.beta = 0")
    return reference_BT


def _importance(
    old_BT: torch.Tensor, rollout_BT: torch.Tensor | None, cap: float | None
) -> torch.Tensor:
    if cap is None:
        return torch.ones_like(old_BT)
    if rollout_BT is None:
        raise ValueError("objective.importance_cap needs the rollout's log-probabilities")
    return (old_BT - rollout_BT).exp().clamp(max=cap)


def _clipped_ratio(
    ratio_BT: torch.Tensor,
    advantage_BT: torch.Tensor,
    importance_BT: torch.Tensor,
    clip_low: float,
    clip_high: float,
) -> _Surrogate:
    """min(ratio A, clip(ratio) A) of equation 3; GC is ratio A where it is not clipped."""
    low, high = 1 - clip_low, 1 + clip_high
    above_BT = (advantage_BT > 0) & (ratio_BT > high)
    clipped_BT = above_BT | ((advantage_BT < 0) & (ratio_BT < low))
    limited_BT = torch.where(clipped_BT, ratio_BT.clamp(low, high), ratio_BT)
    free_BT = torch.where(clipped_BT, 0, ratio_BT)
    return _Surrogate(
        importance_BT * limited_BT * advantage_BT,
        importance_BT * free_BT * advantage_BT,
        ratio_BT,
        clipped_BT,
    )


def _shared_by_tokens(surrogate: _Surrogate, mask_BT: torch.Tensor) -> _Surrogate:
    """Spread the gradient of the ratio of a whole completion over its tokens.

    Each token moves the terms of all tokens of its completion, which have the same weight, by
    1 / |o|, so its GC is their mean.
    """
    mean_B1 = _completion_mean(surrogate.coefficient_BT, mask_BT)
    return replace(surrogate, coefficient_BT=torch.where(mask_BT, mean_B1, 0))


def _likelihood(
    logp_BT: torch.Tensor, advantage_BT: torch.Tensor, importance_BT: torch.Tensor
) -> _Surrogate:
    """A log p, with GC = A: supervised fine-tuning, and rejection sampling with A of 0 and 1."""
    coefficient_BT = importance_BT * advantage_BT
    return _Surrogate(coefficient_BT * logp_BT, coefficient_BT, *_no_ratio(logp_BT))


def _preference(log_ratio_BT: torch.Tensor, mask_BT: torch.Tensor, beta: float) -> _Surrogate:
    """Log-sigmoid of the margin of a pair, the same for all tokens of both completions.

    The margin is beta times the difference of mean log-ratios (appendix A.1.5). With weights
    1 / (|o| N) a completion is half a pair, so GC is 2 beta sigmoid(-margin), negated for the
    rejected completion.
    """
    if len(log_ratio_BT) % 2:
        raise ValueError("DPO takes pairs: rows must alternate chosen, rejected")
    mean_B1 = _completion_mean(log_ratio_BT, mask_BT)
    margin_B1 = beta * (mean_B1[0::2] - mean_B1[1::2]).repeat_interleave(2, 0)
    slope_B1 = 2 * beta * torch.sigmoid(-margin_B1)
    slope_B1[1::2] *= -1
    value_BT = torch.where(mask_BT, functional.logsigmoid(margin_B1), 0)
    return _Surrogate(value_BT, torch.where(mask_BT, slope_B1, 0), *_no_ratio(log_ratio_BT))


def _with_kl(
    surrogate: _Surrogate,
    logp_BT: torch.Tensor,
    reference_BT: torch.Tensor | None,
    importance_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    settings: Objective,
) -> Terms:
    """Subtract the KL term where the method has one in its loss; otherwise it is only a metric."""
    value_BT, coefficient_BT, kl_BT = surrogate.value_BT, surrogate.coefficient_BT, None
    in_loss = settings.traits.kl == "loss" and settings.beta > 0
    if in_loss or reference_BT is not None:
        kl_BT, slope_BT = kl_estimate(settings.kl, logp_BT, _required(reference_BT))
        if in_loss:
            value_BT = value_BT - settings.beta * kl_BT
            coefficient_BT = coefficient_BT - settings.beta * torch.where(mask_BT, slope_BT, 0)
    return Terms(
        value_BT, coefficient_BT, surrogate.ratio_BT, surrogate.clipped_BT, kl_BT, importance_BT
    )


def _completion_mean(tensor_BT: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    """Return means [B, 1] over the tokens of each completion of what is 0 outside the mask."""
    return tensor_BT.sum(1, keepdim=True) / mask_BT.sum(1, keepdim=True).clamp(min=1)


def _no_ratio(logp_BT: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.ones_like(logp_BT), torch.zeros_like(logp_BT, dtype=torch.bool)


def kl_estimate(
    estimator: KlEstimator, logp_BT: torch.Tensor, reference_BT: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Estimate KL(policy || reference) at every token, in nats.

    Returns the estimate and its derivative with respect to `logp_BT`. With d = logp - reference:
    k1 = d, k2 = d^2 / 2, k3 = exp(-d) + d - 1 (equation 4: unbiased and never negative). Over the
    policy's own samples the mean gradient of k2 is that of KL(policy || reference), that of k3 is
    that of KL(reference || policy), and that of k1 is 0: as a term of the loss k1 is only noise.
    Raises ValueError for any other estimator.

    Source: DeepSeekMath (arXiv:2402.03300), equation 4; Schulman, "Approximating KL divergence".
    """
    log_ratio_BT = logp_BT - reference_BT
    if estimator == "k1":
        return log_ratio_BT, torch.ones_like(log_ratio_BT)
    if estimator == "k2":
        return log_ratio_BT.square() / 2, log_ratio_BT
    if estimator == "k3":
        excess_BT = torch.expm1(-log_ratio_BT)  # exact where the policy is close to the reference
        return excess_BT + log_ratio_BT, -excess_BT
    raise ValueError(f"the KL estimator must be k1, k2 or k3, not {estimator!r}")


def token_weights(
    mask_BT: torch.Tensor,
    average: Average,
    *,
    outputs: int,
    tokens: int,
    max_new_tokens: int,
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """Return the weights [B, T] of the tokens of a microbatch; 0 where the bool `mask_BT` is False.

    `outputs` completions with `tokens` tokens are those of the whole update, over all microbatches
    and processes. The weights of an update add up to 1 under "sequence" (1 / (|o_i| N), equation 3)
    and "token" (1 / sum |o|, DAPO), and to the used share of N x max_new_tokens under "constant"
    (1 / (N max_new_tokens), Dr. GRPO). A row without tokens has no weight. Raises ValueError for
    any other `average`.

    >>> token_weights(torch.tensor([[True, True], [True, False]]), "sequence",
    ...               outputs=2, tokens=3, max_new_tokens=4)
    tensor([[0.2500, 0.2500],
            [0.5000, 0.0000]])
    """
    inside_BT = mask_BT.to(dtype)
    if average == "sequence":
        return inside_BT / (inside_BT.sum(1, keepdim=True).clamp(min=1) * outputs)
    if average == "token":
        return inside_BT / tokens
    if average == "constant":
        return inside_BT / (outputs * max_new_tokens)
    raise ValueError(f"average must be sequence, token or constant, not {average!r}")


def value_loss(
    value_BT: torch.Tensor, return_BT: torch.Tensor, weights_BT: torch.Tensor
) -> torch.Tensor:
    """Return the scalar sum(w (V - R)^2), with the `token_weights` of the whole update.

    Values are not clipped. Tokens of weight 0 may have any value or return, even NaN.
    """
    inside_BT = weights_BT != 0
    error_BT = torch.where(inside_BT, value_BT, 0) - torch.where(inside_BT, return_BT.detach(), 0)
    return (weights_BT * error_BT.square()).sum()
