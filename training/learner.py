"""What learns in a run of reinforcement learning."""

from dataclasses import dataclass

import torch

from training.token_logprobs import TokenLogprobs


@dataclass(frozen=True)
class Learner:
    """A policy, perhaps with a critic, and their optimiser."""

    policy: TokenLogprobs
    optimizer: torch.optim.Optimizer
