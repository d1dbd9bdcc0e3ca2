"""Explored outputs to experiences: who is compared with whom. `make_experiences(...)`."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from training.rewards.types import Grade
from training.rl.advantage import accepted, outcome_advantages, process_advantages
from training.rl.types import Experience, Explored
from training.settings.grpo import GrpoSettings


def make_experiences(explored: Explored, settings: GrpoSettings) -> tuple[list[Experience], int]:
    """Return what is to be learnt, and how many groups teach nothing, their rewards being equal.

    Such groups stay, for the KL term holds their tokens too. DPO takes pairs alone: the first
    right output of a group with its first wrong one, the second with the second; what has no
    partner is left out. PPO's advantages are not known yet and 0.
    """
    objective, group = settings.objective, len(explored.problems) // settings.rollout.prompts
    rewards_PG = _rewards(explored.grades, group)
    flat = int((rewards_PG == rewards_PG[:, :1]).all(1).sum())
    if objective.method == "grpo" and objective.supervision == "process":
        advantages, flat = _process(explored, group, objective.scale)
    elif objective.method == "grpo":
        advantages = _every_token(explored, outcome_advantages(rewards_PG, objective.scale)[0])
    elif objective.method in ("rft", "online_rft"):
        advantages = _every_token(explored, accepted(_answers(explored.grades)))
    else:
        advantages = _every_token(explored, torch.full(rewards_PG.shape, _given(objective.method)))
    experiences = [
        Experience(
            problem,
            place // group,
            place % group,
            explored.completions[place],
            explored.grades[place],
            advantages[place],
        )
        for place, problem in enumerate(explored.problems)
    ]
    if objective.method == "dpo":
        experiences = [one for pair in _pairs(experiences) for one in pair]
    return experiences, flat


def _given(method: str) -> float:
    return 1.0 if method == "sft" else 0.0


def _rewards(grades: Sequence[Grade], group: int) -> torch.Tensor:
    return torch.tensor([one.reward for one in grades], dtype=torch.float64).view(-1, group)


def _answers(grades: Sequence[Grade]) -> torch.Tensor:
    """Return the rewards for the answer, or the whole ones where that is no part of them."""
    return torch.tensor([one.parts.get("answer", one.reward) for one in grades])


def _every_token(explored: Explored, advantage: torch.Tensor) -> list[np.ndarray]:
    numbers = advantage.flatten().tolist()
    return [
        np.full(len(one.tokens), number, np.float32)
        for one, number in zip(explored.completions, numbers, strict=True)
    ]


def _process(explored: Explored, group: int, scale: str) -> tuple[list[np.ndarray], int]:
    advantages, flat = [], 0
    for first in range(0, len(explored.grades), group):
        chosen = slice(first, first + group)
        steps = [one.steps for one in explored.grades[chosen]]
        lengths = [len(one.tokens) for one in explored.completions[chosen]]
        found, is_flat = process_advantages(steps, lengths, scale)
        advantages += [one.numpy().astype(np.float32) for one in found]
        flat += is_flat
    return advantages, flat


def _pairs(experiences: Sequence[Experience]) -> Iterator[tuple[Experience, Experience]]:
    groups: dict[int, list[Experience]] = {}
    for one in experiences:
        groups.setdefault(one.group, []).append(one)
    for members in groups.values():
        is_right = accepted(_answers([one.grade for one in members])).bool().tolist()
        right = [one for one, good in zip(members, is_right, strict=True) if good]
        wrong = [one for one, good in zip(members, is_right, strict=True) if not good]
        yield from zip(right, wrong, strict=False)


def update_batches(
    experiences: Sequence[Experience], settings: GrpoSettings
) -> list[list[Experience]]:
    """Return the experiences of each update of an epoch: whole groups, in their order."""
    each = settings.rollout.prompts // settings.updates.batches
    return [
        [one for one in experiences if first <= one.group < first + each]
        for first in range(0, settings.rollout.prompts, each)
    ]
