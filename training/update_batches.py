"""Experiences to the batches of an epoch's updates. `update_batches(...)`."""

from collections.abc import Sequence

from training.experience import Experience
from training.grpo_settings import GrpoSettings


def update_batches(
    experiences: Sequence[Experience], settings: GrpoSettings
) -> list[list[Experience]]:
    """Return the experiences of each update of an epoch: whole groups, in their order."""
    each = settings.rollout.prompts // settings.updates.batches
    return [
        [one for one in experiences if first <= one.group < first + each]
        for first in range(0, settings.rollout.prompts, each)
    ]
