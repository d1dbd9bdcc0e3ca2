"""Hidden states of packed documents, none of which sees another. `document_states(...)`."""

from typing import Any

import torch
from transformers import PreTrainedModel


def document_states(
    model: PreTrainedModel,
    tokens_BT: torch.Tensor,
    positions_BT: torch.Tensor,
    document_ends: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return float[B * T, D], the last states of `model` without its head.

    Tokens and positions are int64[B, T] as `packing.Block` has them; a document begins wherever a
    position is 0. `document_ends` is for a model with varlen attention; any other is given a mask.
    """
    if document_ends is None:
        apart: dict[str, Any] = {"attention_mask": _document_mask(positions_BT)}
    else:
        apart = {"document_ends": document_ends, "longest": tokens_BT.shape[1]}
    states: torch.Tensor = model.base_model(
        input_ids=tokens_BT, position_ids=positions_BT, use_cache=False, **apart
    ).last_hidden_state
    return states.flatten(0, 1)


def _document_mask(positions_BT: torch.Tensor) -> torch.Tensor:
    """Return bool[B, 1, T, T]: who sees whom."""
    document = (positions_BT == 0).cumsum(1)
    same = document[:, None, :, None] == document[:, None, None, :]
    time = positions_BT.shape[1]
    return same & torch.ones(time, time, dtype=torch.bool, device=same.device).tril()
