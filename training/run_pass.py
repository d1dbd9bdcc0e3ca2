"""A forward pass over packed outputs, and its numbers as one row an output."""

from collections.abc import Sequence

import torch

from training.distribute import World
from training.lay_out import Pass
from training.token_logprobs import Measured, TokenLogprobs
from training.varlen_attention import NAME, document_ends


def run_pass(module: TokenLogprobs, one: Pass, world: World, precision: str) -> Measured:
    """Return what `module` measures of the K sampled tokens of a pass, on its device."""
    arrays = (one.tokens_RC, one.positions_RC, one.places_K, one.labels_K)
    parts = [torch.from_numpy(array).long() for array in arrays]
    if module.model.config._attn_implementation == NAME:
        parts.append(document_ends(parts[1]))
    with world.arithmetic(precision):
        measured: Measured = module(*(part.to(world.device) for part in parts))
    return measured


def as_rows(values_K: torch.Tensor, lengths_B: Sequence[int]) -> torch.Tensor:
    """Return [B, T] from the numbers of B outputs laid end to end; 0 behind the end of each.

    >>> as_rows(torch.tensor([1.0, 2.0, 3.0]), [1, 2])
    tensor([[1., 0.],
            [2., 3.]])
    """
    return torch.nn.utils.rnn.pad_sequence(values_K.split(list(lengths_B)), batch_first=True)
