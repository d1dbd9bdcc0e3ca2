"""Prompts are read once, whoever goes on from them. `prefill(model, prompts)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import Cache


def call_with_cache(model: PreTrainedModel, cache: Cache, **inputs: Any) -> Any:
    """Return `model(...)`, which reads and fills the cache.

    transformers 5 began with `past_key_values` and goes over to `cache`, model by model.
    """
    kind: Any = type(model)
    return model(**{_name_of_cache(kind): cache}, **inputs)


@lru_cache
def _name_of_cache(kind: type[PreTrainedModel]) -> str:
    return "cache" if "cache" in signature(kind.forward).parameters else "past_key_values"


@dataclass(frozen=True)
class Prefilled:
    """P prompts that a model has read."""

    keys: list[torch.Tensor]  # [P, K, T, D] a layer; beyond a prompt's length they say nothing
    values: list[torch.Tensor]
    logits_PV: torch.Tensor  # of the token that follows each


def prefill(model: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> Prefilled:
    """Let the model read prompts, in one pass: they begin on the left, so nothing is masked."""
    width = max(map(len, prompts))
    rows = [[*prompt, *[0] * (width - len(prompt))] for prompt in prompts]
    tokens_PT = torch.tensor(rows, device=model.device)
    lasts = sorted({len(prompt) - 1 for prompt in prompts})
    cache = DynamicCache()
    logits_PNV = call_with_cache(
        model, cache, input_ids=tokens_PT, logits_to_keep=torch.tensor(lasts, device=model.device)
    ).logits
    layers: Any = cache.layers
    column = {place: number for number, place in enumerate(lasts)}
    columns = torch.tensor([column[len(prompt) - 1] for prompt in prompts], device=model.device)
    return Prefilled(
        keys=[layer.keys for layer in layers],
        values=[layer.values for layer in layers],
        logits_PV=logits_PNV[torch.arange(len(prompts), device=model.device), columns],
    )
