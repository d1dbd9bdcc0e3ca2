"""AdamW and its learning-rate schedule."""

import torch

from training.run.distributed import World
from training.settings.pretrain import Optimizer


def make_optimizer(
    module: torch.nn.Module, settings: Optimizer, world: World
) -> torch.optim.Optimizer:
    """Return AdamW over a module's parameters; norm weights are not decayed."""
    matrices = [weight for weight in module.parameters() if weight.dim() >= 2]
    norms = [weight for weight in module.parameters() if weight.dim() < 2]
    return torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": norms, "weight_decay": 0.0},
        ],
        lr=settings.peak,
        betas=(settings.beta1, settings.beta2),
        eps=settings.epsilon,
        fused=world.device.type == "cuda",
    )


def learning_rate(optimizer: Optimizer, step: int, steps: int) -> float:
    """Return the learning rate of step `step` of `steps`, counted from 0.

    Linear warmup reaches the peak at step `warmup_steps - 1`. "multi-step" then drops to `factors`
    of the peak at shares of the run: the paper's 0.316 at 80 % and 0.1 at 90 %.

    >>> paper = Optimizer(peak=1.0, warmup_steps=4)
    >>> [learning_rate(paper, step, 100) for step in (0, 3, 79, 80, 90, 99)]
    [0.25, 1.0, 1.0, 0.316, 0.1, 0.1]
    """
    warmup = min(1.0, (step + 1) / optimizer.warmup_steps) if optimizer.warmup_steps else 1.0
    factor = 1.0
    if optimizer.schedule == "multi-step":
        for milestone, reduced in zip(optimizer.milestones, optimizer.factors, strict=True):
            factor = reduced if step >= round(milestone * steps, 6) else factor
    return optimizer.peak * warmup * factor
