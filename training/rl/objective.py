"""One objective for all methods, by the gradient coefficient of each token.

A method of the paper's section 5.2.1 is a source of data, a reward and a coefficient GC: the
gradient of what is maximised is the weighted sum over tokens of GC x grad log p(token). Here GC is
a number one can look at. `objective_terms` works out value and GC of every token, the same way for
every method; `loss` is a scalar with that value and that gradient; `rl/objective.py` says what a
token counts. docs/methods.md has the table of methods, and where they depart from their sources.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional

from training.rl.kl import kl_estimate
from training.settings.grpo import Objective


@dataclass(frozen=True)
class Terms:
    """What each token of a pass adds to the objective: float[B, T], no gradient.

    `value_BT` and `coefficient_BT` are 0 outside of the mask; the others mean nothing there.
    """

    value_BT: torch.Tensor  # J, which is maximised
    coefficient_BT: torch.Tensor  # GC, so that the gradient of J is GC x grad log p
    ratio_BT: torch.Tensor  # p / p(old), of whole outputs if so set; 1 for methods without one
    clipped_BT: torch.Tensor  # bool: the ratio was beyond its limit, and the surrogate has no GC
    kl_BT: torch.Tensor | None  # nats to the reference, in the objective or not; None without one
    importance_BT: torch.Tensor  # min(p(old) / p(rollout), cap); 1 if there is no cap


@dataclass(frozen=True)
class _Gain:
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

    All are [B, T], a row an output; log-probabilities are nats, of the policy, of the policy that
    explored, of the reference, and those that the rollout engine gave. `mask_BT` is bool, and what
    lies outside may be anything, NaN too. For DPO rows alternate chosen, rejected, and
    `advantage_BT` is not looked at.

    The importance weight multiplies what the reward adds and not the KL term: that one holds a
    token to the reference whoever sampled it, and should not let go of those on which the engines
    disagree. Raises ValueError where the settings need a reference or the rollout's
    log-probabilities and there are none.

    Source: DeepSeekMath (arXiv:2402.03300), equations 3 and 21, section 5.2.1, appendix A.1.
    """
    logp_BT, old_BT, advantage_BT = (
        _inside(one_BT, mask_BT, logp_BT.dtype) for one_BT in (logp_BT, old_BT, advantage_BT)
    )
    if reference_BT is not None:
        reference_BT = _inside(reference_BT, mask_BT, logp_BT.dtype)
    if rollout_BT is not None:
        rollout_BT = _inside(rollout_BT, mask_BT, logp_BT.dtype)
    importance_BT = _importance(old_BT, rollout_BT, settings.importance_cap)
    if settings.method in ("grpo", "ppo"):
        log_ratio_BT = logp_BT - old_BT
        gain = _clipped_surrogate(log_ratio_BT, advantage_BT, importance_BT, mask_BT, settings)
    elif settings.method == "dpo":
        gain = _preference(logp_BT - _needed(reference_BT), mask_BT, settings.beta)
    else:
        gain = _likelihood(logp_BT, advantage_BT, importance_BT)
    return _with_kl(gain, logp_BT, reference_BT, importance_BT, mask_BT, settings)


def loss(logp_BT: torch.Tensor, terms: Terms, weights_BT: torch.Tensor) -> torch.Tensor:
    """Return the scalar -sum(w J), whose gradient by `logp_BT` is -w GC and no other.

    It is a sum: with weights of the whole update, the losses of passes add up to the update's.
    Tokens of weight 0 may have any log-probability, NaN too, and get a gradient of 0.
    """
    logp_BT = torch.where(weights_BT != 0, logp_BT, 0)
    slope_BT = terms.coefficient_BT * (logp_BT - logp_BT.detach())  # 0, but for its gradient
    return -(weights_BT * (terms.value_BT + slope_BT)).sum()


def _inside(one_BT: torch.Tensor, mask_BT: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return it with 0 outside of the mask: a product with 0 would let NaN through."""
    return torch.where(mask_BT, one_BT.detach(), 0).to(dtype)


def _needed(reference_BT: torch.Tensor | None) -> torch.Tensor:
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


def _clipped_surrogate(
    log_ratio_BT: torch.Tensor,
    advantage_BT: torch.Tensor,
    importance_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    settings: Objective,
) -> _Gain:
    """min(ratio A, clip(ratio) A) of equation 3; GC is ratio A where the clip does not hold.

    With the ratio of whole outputs each token moves the terms of all tokens of its output, which
    have the same weight, by 1 / |o|: its GC is their mean.
    """
    sequence = settings.ratio == "sequence"
    if sequence:
        log_ratio_BT = _output_mean(log_ratio_BT, mask_BT).expand_as(log_ratio_BT)
    ratio_BT = log_ratio_BT.exp()
    low, high = 1 - settings.clip_low, 1 + settings.clip_high
    beyond_BT = (advantage_BT > 0) & (ratio_BT > high)
    clipped_BT = beyond_BT | ((advantage_BT < 0) & (ratio_BT < low))
    limited_BT = torch.where(clipped_BT, ratio_BT.clamp(low, high), ratio_BT)
    free_BT = torch.where(clipped_BT, 0, ratio_BT)
    coefficient_BT = importance_BT * free_BT * advantage_BT
    if sequence:
        mean_B1 = _output_mean(coefficient_BT, mask_BT)
        coefficient_BT = torch.where(mask_BT, mean_B1, 0)
    return _Gain(importance_BT * limited_BT * advantage_BT, coefficient_BT, ratio_BT, clipped_BT)


def _likelihood(
    logp_BT: torch.Tensor, advantage_BT: torch.Tensor, importance_BT: torch.Tensor
) -> _Gain:
    """A log p, with GC = A: supervised fine-tuning, and rejection sampling by A of 0 and 1."""
    coefficient_BT = importance_BT * advantage_BT
    return _Gain(coefficient_BT * logp_BT, coefficient_BT, *_no_ratio(logp_BT))


def _preference(log_ratio_BT: torch.Tensor, mask_BT: torch.Tensor, beta: float) -> _Gain:
    """Log sigmoid of the margin of a pair, the same at all tokens of both.

    The margin is beta times the difference of mean log-ratios (appendix A.1.5). With weights
    1 / (|o| N) an output is half a pair, so GC is 2 beta sigmoid(-margin), negative if rejected.
    """
    if len(log_ratio_BT) % 2:
        raise ValueError("DPO takes pairs: rows must alternate chosen, rejected")
    mean_B1 = _output_mean(log_ratio_BT, mask_BT)
    margin_B1 = beta * (mean_B1[0::2] - mean_B1[1::2]).repeat_interleave(2, 0)
    slope_B1 = 2 * beta * torch.sigmoid(-margin_B1)
    slope_B1[1::2] *= -1
    value_BT = torch.where(mask_BT, functional.logsigmoid(margin_B1), 0)
    return _Gain(value_BT, torch.where(mask_BT, slope_B1, 0), *_no_ratio(log_ratio_BT))


def _with_kl(
    gain: _Gain,
    logp_BT: torch.Tensor,
    reference_BT: torch.Tensor | None,
    importance_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    settings: Objective,
) -> Terms:
    """Only GRPO has the KL in its objective; for the others it is worked out to be logged."""
    value_BT, coefficient_BT, kl_BT = gain.value_BT, gain.coefficient_BT, None
    maximised = settings.method == "grpo" and settings.beta > 0
    if maximised or reference_BT is not None:
        kl_BT, slope_BT = kl_estimate(settings.kl, logp_BT, _needed(reference_BT))
        if maximised:
            value_BT = value_BT - settings.beta * kl_BT
            coefficient_BT = coefficient_BT - settings.beta * torch.where(mask_BT, slope_BT, 0)
    return Terms(value_BT, coefficient_BT, gain.ratio_BT, gain.clipped_BT, kl_BT, importance_BT)


def _output_mean(one_BT: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    """Return the means [B, 1] over each output's tokens of what is 0 outside of the mask."""
    return one_BT.sum(1, keepdim=True) / mask_BT.sum(1, keepdim=True).clamp(min=1)


def _no_ratio(logp_BT: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.ones_like(logp_BT), torch.zeros_like(logp_BT, dtype=torch.bool)


def token_weights(
    mask_BT: torch.Tensor,
    average: str,
    *,
    outputs: int,
    tokens: int,
    max_new_tokens: int,
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """Return the weights [B, T] of the tokens of one pass; 0 where the bool `mask_BT` is False.

    `outputs` and `tokens` are those of the whole update, over all passes and processes: the weights
    of an update add up to 1 under "sequence" (1 / (|o_i| N), equation 3) and "token" (1 / sum |o|,
    DAPO), and to the share of the places that are used under "constant" (1 / (N max_new_tokens),
    Dr. GRPO). A row without tokens has no weight. Raises ValueError at any other `average`.

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
    """Return the scalar sum(w (V - R)^2), with `training.rl.objective` of the whole update.

    Values are not clipped. Tokens of weight 0 may have any value or return, NaN too.
    """
    inside_BT = weights_BT != 0
    error_BT = torch.where(inside_BT, value_BT, 0) - torch.where(inside_BT, return_BT.detach(), 0)
    return (weights_BT * error_BT.square()).sum()
