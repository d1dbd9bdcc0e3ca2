"""The learning rate of a step. `learning_rate(optimizer, step, steps)`."""

from training.settings import Optimizer


def learning_rate(optimizer: Optimizer, step: int, steps: int) -> float:
    """Return the rate of step `step` of `steps`, counted from 0.

    It climbs in a line and reaches the peak with step `warmup_steps - 1`. "multi-step" then falls
    to factors of the peak at shares of the run: the paper's 0.316 at 80 % and 0.1 at 90 %.

    >>> paper = Optimizer(peak=1.0, warmup_steps=4)
    >>> [learning_rate(paper, step, 100) for step in (0, 3, 79, 80, 90, 99)]
    [0.25, 1.0, 1.0, 0.316, 0.1, 0.1]
    """
    warmth = min(1.0, (step + 1) / optimizer.warmup_steps) if optimizer.warmup_steps else 1.0
    factor = 1.0
    if optimizer.schedule == "multi-step":
        for milestone, reduced in zip(optimizer.milestones, optimizer.factors, strict=True):
            factor = reduced if step >= round(milestone * steps, 6) else factor
    return optimizer.peak * warmth * factor
