"""Add to experiences what the trainer's models compute. `complete_experiences(...)`.

This is log p under the current policy, if a rollout has several updates; log p under the reference;
and for PPO the critic's values, from which advantages follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from training.models.padding import padded
from training.models.token_logprobs import TokenLogprobs
from training.rl.advantage import gae, kl_in_reward
from training.rl.experiences import update_batches
from training.rl.forward import TokenScores, compute_logprobs
from training.rl.types import Experience
from training.run.distributed import World
from training.settings.grpo import GrpoSettings


def complete_experiences(
    experiences: Sequence[Experience],
    policy: TokenLogprobs,
    reference: TokenLogprobs | None,
    settings: GrpoSettings,
    world: World,
) -> list[Experience]:
    """Return the experiences with all that the updates need; every process must call it."""
    completed: list[Experience] = []
    for batch in update_batches(experiences, settings.rollout.prompts, settings.updates.batches):
        if batch:
            completed += _complete(batch, policy, reference, settings, world)
    return completed


def _complete(
    batch: Sequence[Experience],
    policy: TokenLogprobs,
    reference: TokenLogprobs | None,
    settings: GrpoSettings,
    world: World,
) -> Sequence[Experience]:
    completions = [experience.completion for experience in batch]
    method = settings.objective.traits

    def scores_of(module: TokenLogprobs) -> list[TokenScores]:
        unit = 2 if method.in_pairs else 1
        tokens, precision = settings.updates.tokens, settings.run.precision
        return compute_logprobs(module, completions, tokens, world, precision, unit)

    if reference is not None:
        scored = zip(batch, scores_of(reference), strict=True)
        batch = [replace(experience, reference=scores.logp) for experience, scores in scored]
    if method.has_critic:
        beta, decay = settings.objective.beta, settings.objective.gae_lambda
        return list(_with_advantages(batch, scores_of(policy), beta, decay))
    if settings.updates_per_rollout > 1:
        scored = zip(batch, scores_of(policy), strict=True)
        batch = [replace(experience, old=scores.logp) for experience, scores in scored]
    return batch


def _with_advantages(
    batch: Sequence[Experience], scores: Sequence[TokenScores], beta: float, decay: float
) -> Iterator[Experience]:
    """Yield experiences with PPO's advantages and returns.

    Each token is penalised by its KL, weighted by `beta`; the last token also gets the reward of
    the completion. `decay` is GAE's lambda.
    """
    cpu = torch.device("cpu")
    old_BT = padded([row.logp for row in scores], cpu)
    value_BT = padded([row.value for row in scores if row.value is not None], cpu)
    mask_BT = padded([[1.0] * experience.length for experience in batch], cpu).bool()
    references = [row.reference for row in batch if row.reference is not None]
    reference_BT = padded(references, cpu) if references else old_BT  # beta is 0
    reward_B = torch.tensor([experience.grade.reward for experience in batch])
    reward_BT = kl_in_reward(reward_B, old_BT, reference_BT, mask_BT, beta)
    advantage_BT, return_BT = gae(reward_BT, value_BT, mask_BT, decay)
    for i, experience in enumerate(batch):
        yield replace(
            experience,
            old=scores[i].logp,
            advantage=advantage_BT[i, : experience.length].numpy(),
            returned=return_BT[i, : experience.length].numpy(),
        )
