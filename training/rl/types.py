"""Data that flows through a run of reinforcement learning: rollouts, experiences, progress."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray

from training.generation.types import Completion
from training.models.token_logprobs import TokenLogprobs
from training.rewards.types import Grade


@dataclass(frozen=True)
class RolloutBatch:
    """Graded completions of one rollout: G for the first problem, then G for the second, ..."""

    problems: tuple[int, ...]  # index of each completion's problem among all problems
    completions: tuple[Completion, ...]
    grades: tuple[Grade, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)  # of "rollout" and "reward"


Floats = NDArray[np.float32]  # [T], one value for each token of a completion


@dataclass(frozen=True)
class Experience:
    """Completion `sample` of a group; arrays are float32[T], None where a method needs none.

    `old` is log p under the policy before the first update on this completion, computed by the
    trainer, and `reference` is log p under the reference, in nats. `old` is None if there is a
    single update, where policy and old policy are the same.
    """

    problem: int  # index among all problems
    group: int  # index within the rollout
    sample: int  # index within the group
    completion: Completion
    grade: Grade
    advantage: Floats
    old: Floats | None = None
    reference: Floats | None = None
    returned: Floats | None = None  # target of PPO's critic

    @property
    def length(self) -> int:
        """T, the tokens of the completion."""
        return len(self.completion.tokens)


@dataclass(frozen=True)
class Learner:
    """A policy, with a critic where the method has one, and the optimizer of both."""

    policy: TokenLogprobs
    optimizer: torch.optim.Optimizer


@dataclass(frozen=True, kw_only=True)
class GrpoProgress:
    """Progress of a run, as in `run.json` of its checkpoints."""

    step: int = 0  # updates taken
    tokens: int = 0  # sampled
    digest: str = ""  # of all completions so far, in order: equal digests mean equal data
    processes: int = 1

    @classmethod
    def from_json(cls, text: str) -> "GrpoProgress":
        return cls(**json.loads(text))


def digest_after(digest: str, batch: RolloutBatch) -> str:
    """Return the digest of all completions up to and including `batch`.

    `digest` is that of the completions before it.
    """
    rows: list[tuple[int, ...]] = [
        (problem, *completion.prompt, *completion.tokens)
        for problem, completion in zip(batch.problems, batch.completions, strict=True)
    ]
    return blake2b((digest + json.dumps(rows)).encode(), digest_size=16).hexdigest()
