"""Attention among the tokens of a document, on a GPU, without a mask. `use_varlen_attention()`.

PyTorch brings a FlashAttention that is told where each sequence ends; transformers is given it
under a name of ours. It is written for torch 2.11 to 2.13, whose signatures differ.
"""

from inspect import signature
from typing import Any

import torch
from torch.nn.attention.varlen import varlen_attn
from transformers import AttentionInterface, AttentionMaskInterface

from training.run.distributed import World

NAME = "mathmine_varlen"  # as in `attn_implementation`
_HAS_GQA = "enable_gqa" in signature(varlen_attn).parameters  # from torch 2.12 on


def use_varlen_attention() -> str:
    """Make the attention known to transformers, and return its name.

    A model that uses it is called with `document_ends`: int32[D + 1], places of its flat batch at
    which documents begin, and the end; and `longest`, no less than the longest document.
    """
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, _no_mask)
    return NAME


def document_ends(positions_BT: torch.Tensor) -> torch.Tensor:
    """Return where documents begin in the flat batch, and its end; made on the CPU, for no wait.

    >>> document_ends(torch.tensor([[0, 1, 0, 1], [0, 1, 2, 3]])).tolist()
    [0, 2, 4, 8]
    """
    places = (positions_BT.flatten() == 0).nonzero().flatten()
    return torch.nn.functional.pad(places, (0, 1), value=positions_BT.numel()).to(torch.int32)


def _no_mask(*_: Any, **__: Any) -> None:
    return None


def _attend(
    _module: torch.nn.Module,
    query_BHTD: torch.Tensor,
    key_BKTD: torch.Tensor,
    value_BKTD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    document_ends: torch.Tensor,
    longest: int,
    scaling: float,
    **_others: Any,
) -> tuple[torch.Tensor, None]:
    heads, kv_heads = query_BHTD.shape[1], key_BKTD.shape[1]
    # Rotation leaves queries and keys in float32 under autocast, which FlashAttention doesn't know.
    states = (query_BHTD, key_BKTD, value_BKTD)
    query, key, value = (_flat(one).to(value_BKTD.dtype) for one in states)
    options: dict[str, Any] = {"scale": scaling, "window_size": (-1, 0)}  # back, never ahead
    if heads != kv_heads and _HAS_GQA:
        options["enable_gqa"] = True
    elif heads != kv_heads:
        key, value = (one.repeat_interleave(heads // kv_heads, 1) for one in (key, value))
    out: Any = varlen_attn(
        query, key, value, document_ends, document_ends, longest, longest, **options
    )
    batch, heads, time, width = query_BHTD.shape
    return out.view(batch, time, heads, width), None


def _flat(states_BHTD: torch.Tensor) -> torch.Tensor:
    """Return [B * T, H, D], contiguous."""
    return states_BHTD.transpose(1, 2).flatten(0, 1).contiguous()


def packed_attention(world: World, precision: str) -> str:
    """Return its name in transformers: FlashAttention by documents, or else "sdpa" with a mask.

    FlashAttention knows 16-bit numbers only, on a GPU. `precision` is as the settings tell it.
    """
    is_16_bit = world.precision(precision) == torch.bfloat16
    return use_varlen_attention() if world.device.type == "cuda" and is_16_bit else "sdpa"
