"""Turn a rollout into experiences with advantages. `make_experiences(...)`."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from training.rewards.types import Grade
from training.rl.advantage import accepted, outcome_advantages, process_advantages
from training.rl.types import Experience, RolloutBatch
from training.settings.grpo import Objective, Scale


def make_experiences(
    batch: RolloutBatch, prompts: int, objective: Objective
) -> tuple[list[Experience], int]:
    """Return the experiences of a rollout of `prompts` groups, and how many groups are flat.

    The rewards of a flat group are all equal, so its advantages are 0. It is kept, because the KL
    term applies to its tokens too. DPO takes pairs only: the first right completion of a group
    with its first wrong one, the second with the second; those without a partner are left out.
    PPO's advantages are 0 here: `complete_experiences` computes them from the critic's values.
    """
    group = len(batch.problems) // prompts
    rewards_PG = _rewards(batch.grades, group)
    flat = int((rewards_PG == rewards_PG[:, :1]).all(1).sum())
    kind = objective.traits.advantage
    if kind == "group" and objective.supervision == "process":
        advantages, flat = _by_process(batch, group, objective.scale)
    elif kind == "group":
        advantages = _for_every_token(batch, outcome_advantages(rewards_PG, objective.scale)[0])
    elif kind == "accepted":
        advantages = _for_every_token(batch, accepted(_answer_rewards(batch.grades)))
    else:
        constant = 1.0 if kind == "one" else 0.0
        advantages = _for_every_token(batch, torch.full(rewards_PG.shape, constant))
    experiences = [
        Experience(
            problem, i // group, i % group, batch.completions[i], batch.grades[i], advantages[i]
        )
        for i, problem in enumerate(batch.problems)
    ]
    if objective.traits.in_pairs:
        experiences = [experience for pair in _pairs(experiences) for experience in pair]
    return experiences, flat


def update_batches(
    experiences: Sequence[Experience], prompts: int, batches: int
) -> list[list[Experience]]:
    """Return the experiences of each update of an epoch: whole groups, in order.

    A rollout has `prompts` groups, which are split into `batches` equal parts.
    """
    size = prompts // batches
    return [
        [experience for experience in experiences if first <= experience.group < first + size]
        for first in range(0, prompts, size)
    ]


def _rewards(grades: Sequence[Grade], group: int) -> torch.Tensor:
    return torch.tensor([grade.reward for grade in grades], dtype=torch.float64).view(-1, group)


def _answer_rewards(grades: Sequence[Grade]) -> torch.Tensor:
    """Return the rewards for the answer, or the total where the answer is not a part of it."""
    return torch.tensor([grade.parts.get("answer", grade.reward) for grade in grades])


def _for_every_token(batch: RolloutBatch, advantage: torch.Tensor) -> list[np.ndarray]:
    return [
        np.full(len(completion.tokens), value, np.float32)
        for completion, value in zip(batch.completions, advantage.flatten().tolist(), strict=True)
    ]


def _by_process(batch: RolloutBatch, group: int, scale: Scale) -> tuple[list[np.ndarray], int]:
    advantages, flat = [], 0
    for first in range(0, len(batch.grades), group):
        members = slice(first, first + group)
        steps = [grade.steps for grade in batch.grades[members]]
        lengths = [len(completion.tokens) for completion in batch.completions[members]]
        group_advantages, is_flat = process_advantages(steps, lengths, scale)
        advantages += [advantage.numpy().astype(np.float32) for advantage in group_advantages]
        flat += is_flat
    return advantages, flat


def _pairs(experiences: Sequence[Experience]) -> Iterator[tuple[Experience, Experience]]:
    groups: dict[int, list[Experience]] = {}
    for experience in experiences:
        groups.setdefault(experience.group, []).append(experience)
    for members in groups.values():
        rewards = _answer_rewards([experience.grade for experience in members])
        is_right = accepted(rewards).bool().tolist()
        right = [experience for experience, good in zip(members, is_right, strict=True) if good]
        wrong = [experience for experience, good in zip(members, is_right, strict=True) if not good]
        yield from zip(right, wrong, strict=False)
