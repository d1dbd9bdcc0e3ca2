"""A forward pass over packed outputs, and its numbers as one row an output."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.generation.types import Completion
from training.models.packed_attention import VARLEN, document_ends
from training.models.token_logprobs import LabelScores, TokenLogprobs
from training.rl.microbatches import Pass, lay_out
from training.run.distributed import World, gather


def run_pass(module: TokenLogprobs, one: Pass, world: World, precision: str) -> LabelScores:
    """Return what `module` measures of the K sampled tokens of a pass, on its device."""
    arrays = (one.tokens_RC, one.positions_RC, one.places_K, one.labels_K)
    parts = [torch.from_numpy(array).long() for array in arrays]
    if module.model.config._attn_implementation == VARLEN:
        parts.append(document_ends(parts[1]))
    with world.autocast(precision):
        measured: LabelScores = module(*(part.to(world.device) for part in parts))
    return measured


def as_rows(values_K: torch.Tensor, lengths_B: Sequence[int]) -> torch.Tensor:
    """Return [B, T] from the numbers of B outputs laid end to end; 0 behind the end of each.

    >>> as_rows(torch.tensor([1.0, 2.0, 3.0]), [1, 2])
    tensor([[1., 0.],
            [2., 3.]])
    """
    return torch.nn.utils.rnn.pad_sequence(values_K.split(list(lengths_B)), batch_first=True)


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
