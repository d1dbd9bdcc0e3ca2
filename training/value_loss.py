"""What PPO's critic learns by. `value_loss(...)`."""

import torch


def value_loss(
    value_BT: torch.Tensor, return_BT: torch.Tensor, weights_BT: torch.Tensor
) -> torch.Tensor:
    """Return the scalar sum(w (V - R)^2), with `training.token_weights` of the whole update.

    Values are not clipped. Tokens of weight 0 may have any value or return, NaN too.
    """
    inside_BT = weights_BT != 0
    error_BT = torch.where(inside_BT, value_BT, 0) - torch.where(inside_BT, return_BT.detach(), 0)
    return (weights_BT * error_BT.square()).sum()
