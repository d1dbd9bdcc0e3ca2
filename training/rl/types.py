"""What an exploration found: outputs and what they earn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from training.generation.types import Completion
from training.models.token_logprobs import TokenLogprobs
from training.rewards.types import Grade


@dataclass(frozen=True)
class Explored:
    """Outputs of an exploration, G to each problem after the other, and what they took."""

    problems: tuple[int, ...]  # of each output
    completions: tuple[Completion, ...]
    grades: tuple[Grade, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)  # "rollout", "reward"


Floats = NDArray[np.float32]  # [T], one number a token of the output


@dataclass(frozen=True)
class Experience:
    """Output `sample` of a group, to one problem; float32[T], None where an objective needs none.

    `old` is log p under the policy before the first update on it, by the trainer's own arithmetic;
    None where there is one update alone, before which the policy is itself.
    """

    problem: int  # its place among all problems
    group: int  # its place in the exploration
    sample: int
    completion: Completion
    grade: Grade
    advantage: Floats
    old: Floats | None = None
    reference: Floats | None = None
    returned: Floats | None = None  # what PPO's critic learns

    @property
    def length(self) -> int:
        """T, tokens of the output."""
        return len(self.completion.tokens)


@dataclass(frozen=True)
class Learner:
    """A policy, perhaps with a critic, and their optimiser."""

    policy: TokenLogprobs
    optimizer: torch.optim.Optimizer
