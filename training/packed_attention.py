"""The attention that packed rows want. `packed_attention(world, precision)`."""

import torch

from training.distribute import World
from training.varlen_attention import use_varlen_attention


def packed_attention(world: World, precision: str) -> str:
    """Return its name in transformers: FlashAttention by documents, or else "sdpa" with a mask.

    FlashAttention knows 16-bit numbers only, on a GPU. `precision` is as the settings tell it.
    """
    is_16_bit = world.precision(precision) == torch.bfloat16
    return use_varlen_attention() if world.device.type == "cuda" and is_16_bit else "sdpa"
