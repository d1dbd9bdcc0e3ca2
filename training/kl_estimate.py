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
