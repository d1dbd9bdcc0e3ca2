"""What the trainer itself must say of experiences before they are learnt.

Log p under the policy as it is now, where it will not be any more at the last update; log p under
the reference; and for PPO the values of the critic, from which advantages follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from training.models.padding import padded
from training.models.token_logprobs import TokenLogprobs
from training.rl.advantage import gae
from training.rl.experiences import update_batches
from training.rl.forward import Numbers, measure
from training.rl.kl import kl_in_reward
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
    done: list[Experience] = []
    for batch in update_batches(experiences, settings):
        if batch:
            done += _complete(batch, policy, reference, settings, world)
    return done


def _complete(
    batch: Sequence[Experience],
    policy: TokenLogprobs,
    reference: TokenLogprobs | None,
    settings: GrpoSettings,
    world: World,
) -> Sequence[Experience]:
    def ask(module: TokenLogprobs) -> list[Numbers]:
        completions = [one.completion for one in batch]
        unit = 2 if settings.objective.method == "dpo" else 1
        precision = settings.run.precision
        return measure(module, completions, settings.updates.tokens, world, precision, unit)

    if reference is not None:
        asked = zip(batch, ask(reference), strict=True)
        batch = [replace(one, reference=numbers.logp) for one, numbers in asked]
    if settings.objective.method == "ppo":
        return list(_with_advantages(batch, ask(policy), settings))
    if settings.updates_each > 1:
        asked = zip(batch, ask(policy), strict=True)
        batch = [replace(one, old=numbers.logp) for one, numbers in asked]
    return batch


def _with_advantages(
    batch: Sequence[Experience], numbers: Sequence[Numbers], settings: GrpoSettings
) -> Iterator[Experience]:
    """Reward each token by its KL, the last by the output's grade too, and estimate advantages."""
    cpu = torch.device("cpu")
    old_BT = padded([one.logp for one in numbers], cpu)
    value_BT = padded([one.value for one in numbers if one.value is not None], cpu)
    mask_BT = padded([[1.0] * one.length for one in batch], cpu).bool()
    references = [one.reference for one in batch if one.reference is not None]
    reference_BT = padded(references, cpu) if references else old_BT  # beta is 0
    reward_BT = kl_in_reward(
        torch.tensor([one.grade.reward for one in batch]),
        old_BT,
        reference_BT,
        mask_BT,
        settings.objective.beta,
    )
    advantage_BT, return_BT = gae(reward_BT, value_BT, mask_BT, settings.objective.gae_lambda)
    for i, one in enumerate(batch):
        yield replace(
            one,
            old=numbers[i].logp,
            advantage=advantage_BT[i, : one.length].numpy(),
            returned=return_BT[i, : one.length].numpy(),
        )
