"""Schulman's estimators of KL(policy || reference) from sampled tokens. `kl_estimate(...)`."""

import torch


def kl_estimate(
    estimator: str, logp_BT: torch.Tensor, reference_BT: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the estimate of every token, in nats, and its derivative by the token's `logp_BT`.

    With d = logp - reference: k1 = d, k2 = d^2 / 2, k3 = exp(-d) + d - 1 (equation 4: unbiased and
    never negative). Over the policy's own samples the mean gradient of k2 is that of KL(policy ||
    reference), that of k3 is that of KL(reference || policy), and that of k1 is 0: as a term of the
    loss k1 is noise. Raises ValueError at any other estimator.

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
    raise ValueError(f"the estimator of the KL must be k1, k2 or k3, not {estimator!r}")


def kl_in_reward(
    reward_B: torch.Tensor,
    old_BT: torch.Tensor,
    reference_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    beta: float,
) -> torch.Tensor:
    """Return [B, T]: -beta (log p - log p(reference)), and `reward_B` added at the last token.

    `old_BT` are nats of the policy that explored: the penalty is part of the reward and has no
    gradient. 0 outside of the bool `mask_BT`, whatever lies there; each row must have a token.

    Source: DeepSeekMath (arXiv:2402.03300), equation 2.

    >>> kl_in_reward(torch.tensor([1.0]), torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.5, -2]]),
    ...              torch.tensor([[True, True]]), beta=0.1)
    tensor([[-0.0500,  1.0000]])
    """
    penalty_BT = -beta * (old_BT.detach() - reference_BT.detach())
    reward_BT = torch.where(mask_BT, penalty_BT, 0)
    last_BT = mask_BT & (mask_BT.flip(1).cumsum(1).flip(1) == 1)
    return torch.where(last_BT, reward_BT + reward_B.to(reward_BT)[:, None], reward_BT)
