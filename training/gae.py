"""PPO's advantages from a critic's values: generalised advantage estimation. `gae(...)`."""

import torch


def gae(
    reward_BT: torch.Tensor,
    value_BT: torch.Tensor,
    mask_BT: torch.Tensor,
    decay: float,
    gamma: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the advantages [B, T] and the returns, which the critic is to learn; 0 outside.

    A_t = sum over l of (gamma x decay)^l (r_{t+l} + gamma V_{t+l+1} - V_{t+l}), where `decay` is
    lambda and V is the value of the state in which token t is chosen. After an output's last token
    V is 0, also if it was cut. `mask_BT` is bool; an output's tokens lie side by side, and what is
    outside may be anything. Nothing is whitened.

    Source: Schulman et al. 2015 (arXiv:1506.02438), equation 16; DeepSeekMath, section 4.1.1.
    """
    value_BT = torch.where(mask_BT, value_BT.detach(), 0)
    advantage_BT = torch.zeros_like(value_BT)
    after_B = following_B = torch.zeros_like(value_BT[:, 0])
    for place in reversed(range(mask_BT.shape[1])):
        error_B = reward_BT[:, place] + gamma * following_B - value_BT[:, place]
        after_B = torch.where(mask_BT[:, place], error_B + gamma * decay * after_B, 0)
        advantage_BT[:, place], following_B = after_B, value_BT[:, place]
    return advantage_BT, advantage_BT + value_BT
