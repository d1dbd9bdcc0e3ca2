"""The most memory that was in use. `memory_in_use(world)`."""

import resource

import torch

from training.distribute import World


def memory_in_use(world: World) -> int:
    """Return the most bytes that were in use so far: of the GPU, or of this process."""
    if world.device.type == "cuda":
        return torch.cuda.max_memory_allocated(world.device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
