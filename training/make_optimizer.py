"""AdamW over the parameters of a module. `make_optimizer(...)`."""

import torch

from training.distribute import World
from training.settings import Optimizer


def make_optimizer(
    module: torch.nn.Module, settings: Optimizer, world: World
) -> torch.optim.Optimizer:
    """Return the optimiser; weights of matrices decay, gains of norms are left alone."""
    matrices = [one for one in module.parameters() if one.dim() >= 2]
    gains = [one for one in module.parameters() if one.dim() < 2]
    return torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": gains, "weight_decay": 0.0},
        ],
        lr=settings.peak,
        betas=(settings.beta1, settings.beta2),
        eps=settings.epsilon,
        fused=world.device.type == "cuda",
    )
