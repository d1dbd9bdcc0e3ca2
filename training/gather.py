"""What each process found, for all of them. `gather(mine, world)`."""

from typing import TypeVar

import torch.distributed as dist

from training.distribute import World

_Found = TypeVar("_Found")


def gather(mine: dict[int, _Found], world: World) -> dict[int, _Found]:
    """Return the entries of all processes, in the order of their keys; equal keys, equal entries.

    Every process must call it. Only processes of the same run talk to each other here.
    """
    parts: list[dict[int, _Found] | None] = [mine]
    if world.size > 1:
        parts = [None] * world.size
        dist.all_gather_object(parts, mine)
    everything = {key: one for part in parts if part for key, one in part.items()}
    return {key: everything[key] for key in sorted(everything)}
