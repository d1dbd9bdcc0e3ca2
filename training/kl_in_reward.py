"""PPO's rewards: a KL penalty at every token, the output's reward at its last. `kl_in_reward`."""

import torch


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
