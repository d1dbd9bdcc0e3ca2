"""Attend within the documents of packed rows only.

On a GPU with 16-bit matrix products, FlashAttention takes the ends of the documents
(`torch.nn.attention.varlen`, registered with transformers as `VARLEN`). Anywhere else, SDPA takes a
mask. Written for torch 2.11 to 2.13, whose signatures differ.
"""

from collections.abc import Iterable
from inspect import signature
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.attention.varlen import varlen_attn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel

from training.run.distributed import World
from training.settings.pretrain import Precision

VARLEN = "mathmine_varlen"  # as in `attn_implementation`
_HAS_GQA = "enable_gqa" in signature(varlen_attn).parameters  # since torch 2.12


def packed_attention(world: World, precision: Precision) -> str:
    """Return the `attn_implementation` of a model that reads packed rows.

    `precision` is as in the settings. FlashAttention supports 16-bit types on a GPU only.
    """
    is_16_bit = world.matmul_dtype(precision) == torch.bfloat16
    return use_varlen_attention() if world.device.type == "cuda" and is_16_bit else "sdpa"


def use_varlen_attention() -> str:
    """Register the attention with transformers, and return its name.

    Call a model that uses it with `document_ends`, as the function of that name returns them, and
    with `longest`, an upper bound of the documents' lengths in tokens.
    """
    AttentionInterface.register(VARLEN, _attend)
    AttentionMaskInterface.register(VARLEN, _no_mask)
    return VARLEN


def to_device(
    arrays: Iterable[NDArray[np.int32]], model: PreTrainedModel, device: torch.device
) -> tuple[torch.Tensor | None, ...]:
    """Return tokens, labels and positions as int64[B, T], and `document_ends` or None.

    `arrays` are the three fields of `packing.TokenBlock`s, stacked. Copies to a GPU are
    asynchronous.
    """
    parts = [torch.from_numpy(array).long() for array in arrays]
    if model.config._attn_implementation == VARLEN:
        parts.append(document_ends(parts[2]))
    if device.type == "cuda":
        parts = [part.pin_memory().to(device, non_blocking=True) for part in parts]
    return tuple(parts) if len(parts) == 4 else (*parts, None)


def document_ends(positions_BT: torch.Tensor) -> torch.Tensor:
    """Return int32[D + 1]: where each document begins in the flat batch, and where the last ends.

    Call it on the CPU to avoid a device sync.

    >>> document_ends(torch.tensor([[0, 1, 0, 1], [0, 1, 2, 3]])).tolist()
    [0, 2, 4, 8]
    """
    starts = (positions_BT.flatten() == 0).nonzero().flatten()
    return torch.nn.functional.pad(starts, (0, 1), value=positions_BT.numel()).to(torch.int32)


def document_states(
    model: PreTrainedModel,
    tokens_BT: torch.Tensor,
    positions_BT: torch.Tensor,
    document_ends: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return float[B * T, D]: the last hidden states of `model`, before its head.

    Tokens and positions are int64[B, T] as in `packing.TokenBlock`; a document begins wherever a
    position is 0. A model with varlen attention needs `document_ends`; any other gets a mask.
    """
    if document_ends is None:
        attention: dict[str, Any] = {"attention_mask": _document_mask(positions_BT)}
    else:
        attention = {"document_ends": document_ends, "longest": tokens_BT.shape[1]}
    states: torch.Tensor = model.base_model(
        input_ids=tokens_BT, position_ids=positions_BT, use_cache=False, **attention
    ).last_hidden_state
    return states.flatten(0, 1)


def _document_mask(positions_BT: torch.Tensor) -> torch.Tensor:
    """Return bool[B, 1, T, T]: True where a query may attend to a key (same document, causal)."""
    document = (positions_BT == 0).cumsum(1)
    same = document[:, None, :, None] == document[:, None, None, :]
    time = positions_BT.shape[1]
    return same & torch.ones(time, time, dtype=torch.bool, device=same.device).tril()


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
    # Under autocast, RoPE leaves queries and keys in float32, which FlashAttention rejects.
    states = (query_BHTD, key_BKTD, value_BKTD)
    query, key, value = (_flat(state).to(value_BKTD.dtype) for state in states)
    options: dict[str, Any] = {"scale": scaling, "window_size": (-1, 0)}  # causal
    if heads != kv_heads and _HAS_GQA:
        options["enable_gqa"] = True
    elif heads != kv_heads:
        key, value = (state.repeat_interleave(heads // kv_heads, 1) for state in (key, value))
    out: Any = varlen_attn(
        query, key, value, document_ends, document_ends, longest, longest, **options
    )
    batch, heads, time, width = query_BHTD.shape
    return out.view(batch, time, heads, width), None


def _flat(states_BHTD: torch.Tensor) -> torch.Tensor:
    """Return the states as [B * T, H, D], contiguous."""
    return states_BHTD.transpose(1, 2).flatten(0, 1).contiguous()
