"""Log-probabilities and values of outputs under a policy as it stands. `measure(...)`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.completion import Completion
from training.distribute import World
from training.gather import gather
from training.lay_out import lay_out
from training.run_pass import run_pass
from training.token_logprobs import TokenLogprobs


@dataclass(frozen=True)
class Numbers:
    """Of an output's T tokens: float32[T] each, `value` None without a critic."""

    logp: NDArray[np.float32]
    value: NDArray[np.float32] | None


@torch.no_grad()
def measure(
    module: TokenLogprobs,
    completions: Sequence[Completion],
    tokens: int,
    world: World,
    precision: str,
    unit: int = 1,
) -> list[Numbers]:
    """Return the numbers of each output; every process must call it, and all have all.

    Passes are those of `lay_out(completions, tokens, unit)`, as an update over the same outputs
    makes them: unchanged weights give the update the very numbers that are found here.
    """
    passes = lay_out(completions, tokens, unit)
    found: dict[int, Numbers] = {}
    for first in range(0, len(passes), world.size):
        # FSDP wants as many passes of every process: one without work repeats another's.
        one = passes[min(first + world.rank, len(passes) - 1)]
        measured = run_pass(module, one, world, precision)
        lengths = [len(completions[member].tokens) for member in one.members]
        logp = measured.logp_K.cpu().split(lengths)
        value = None if measured.value_K is None else measured.value_K.cpu().split(lengths)
        for i, member in enumerate(one.members):
            found[member] = Numbers(logp[i].numpy(), None if value is None else value[i].numpy())
    everything = gather(found, world)
    return [everything[i] for i in range(len(completions))]
