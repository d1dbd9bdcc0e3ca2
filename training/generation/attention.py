"""Attention for decode steps: one query per slot over its KV cache. `use_decode_attention()`.

Some versions of transformers repeat keys and values for each query head, and with a single query
the CPU kernel of SDPA takes more than twice the time of two matrix products.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "mathmine_decode"  # as in `attn_implementation`


def use_decode_attention() -> str:
    """Register the attention with transformers, and return its name.

    A call with one token per row takes a mask bool[R, 1, 1, L]. Any other call is causal and has no
    mask, as in transformers' "sdpa".
    """
    AttentionInterface.register(NAME, _attend)
    return NAME


def _attend(
    module: torch.nn.Module,
    query_RHTD: torch.Tensor,
    key_RKLD: torch.Tensor,
    value_RKLD: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float,
    **extra: Any,
) -> tuple[torch.Tensor, None]:
    if attention_mask is None:
        output, _ = sdpa_attention_forward(
            module, query_RHTD, key_RKLD, value_RKLD, None, scaling=scaling, **extra
        )
        return output, None
    rows, heads, _, width = query_RHTD.shape
    query_RKGD = query_RHTD.reshape(rows, key_RKLD.shape[1], -1, width)
    products = _fused if query_RHTD.device.type == "cuda" else _two_products
    out_RKGD = products(query_RKGD, key_RKLD, value_RKLD, attention_mask, scaling)
    return out_RKGD.reshape(rows, 1, heads, width), None


def _fused(
    query_RKGD: torch.Tensor,
    key_RKLD: torch.Tensor,
    value_RKLD: torch.Tensor,
    mask_R11L: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    """Return the attention of grouped queries: the G queries of a key head are its time steps."""
    return scaled_dot_product_attention(
        query_RKGD, key_RKLD, value_RKLD, attn_mask=mask_R11L, scale=scaling
    )


def _two_products(
    query_RKGD: torch.Tensor,
    key_RKLD: torch.Tensor,
    value_RKLD: torch.Tensor,
    mask_R11L: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    scores_RKGL = (query_RKGD * scaling) @ key_RKLD.transpose(-1, -2)
    return scores_RKGL.masked_fill_(~mask_R11L, -torch.inf).softmax(-1) @ value_RKLD
