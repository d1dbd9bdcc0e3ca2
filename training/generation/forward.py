"""The two forward passes of continuous batching: `prefill` prompts, then `DecodeStep`s."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import Cache

from training.generation.kv_cache import SlotKVCache
from training.generation.slots import SlotState


def call_with_cache(model: PreTrainedModel, cache: Cache, **inputs: Any) -> Any:
    """Return `model(...)`, which reads and fills the cache.

    transformers 5 started with `past_key_values` and is moving to `cache`, model by model.
    """
    kind: Any = type(model)
    return model(**{_cache_argument(kind): cache}, **inputs)


@lru_cache
def _cache_argument(kind: type[PreTrainedModel]) -> str:
    return "cache" if "cache" in signature(kind.forward).parameters else "past_key_values"


@dataclass(frozen=True)
class Prefilled:
    """KV cache and next-token logits of P prompts."""

    keys: list[torch.Tensor]  # [P, K, T, D] per layer; undefined after the end of a prompt
    values: list[torch.Tensor]
    logits_PV: torch.Tensor  # of the token that follows each prompt


def prefill(model: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> Prefilled:
    """Prefill distinct prompts in one forward pass; completions share the result.

    Prompts are left-aligned, so causal attention needs no mask.
    """
    width = max(map(len, prompts))
    rows = [[*prompt, *[0] * (width - len(prompt))] for prompt in prompts]
    tokens_PT = torch.tensor(rows, device=model.device)
    lasts = sorted({len(prompt) - 1 for prompt in prompts})
    cache = DynamicCache()
    logits_PNV = call_with_cache(
        model, cache, input_ids=tokens_PT, logits_to_keep=torch.tensor(lasts, device=model.device)
    ).logits
    layers: Any = cache.layers
    column_of = {last: column for column, last in enumerate(lasts)}
    columns = torch.tensor([column_of[len(prompt) - 1] for prompt in prompts], device=model.device)
    return Prefilled(
        keys=[layer.keys for layer in layers],
        values=[layer.values for layer in layers],
        logits_PV=logits_PNV[torch.arange(len(prompts), device=model.device), columns],
    )


class DecodeStep:
    """Decode one token for each of the first `rows` slots: `step(rows, width)`.

    Attention covers the first `width` positions of the KV cache. All tensors that a step reads and
    writes keep their addresses, so on a GPU each pair (rows, width) is recorded once as a CUDA
    graph and replayed: launching the step of a small model takes longer than computing it.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        cache: SlotKVCache,
        state: SlotState,
        temperature: float,
        eos: torch.Tensor,
    ) -> None:
        self.model, self.cache, self.state = model, cache, state
        self._temperature, self._eos = temperature, eos
        self._slots = torch.arange(len(state.done_S), device=eos.device)
        self._positions = torch.arange(cache.length, device=eos.device)
        self._graphs: dict[tuple[int, int], torch.cuda.CUDAGraph] = {}

    def __call__(self, rows: int, width: int) -> None:
        if self._slots.device.type != "cuda":
            self._decode(rows, width)
            return
        if (rows, width) not in self._graphs:
            self._graphs[rows, width] = self._record(rows, width)
        self._graphs[rows, width].replay()

    def draw(self, slots: torch.Tensor, logits: torch.Tensor) -> None:
        """Draw the next token of the slots int64[n] from logits [n, V]."""
        self.state.draw(slots, logits, self._temperature, self._eos)

    def _decode(self, rows: int, width: int) -> None:
        state = self.state
        length_R = state.length_S[:rows]
        visible_RL = self._positions[:width] <= length_R[:, None]
        logits_RV = call_with_cache(
            self.model,
            self.cache.window(length_R, width),
            input_ids=state.last_S[:rows, None],
            position_ids=length_R[:, None],
            attention_mask=visible_RL[:, None, None],
            logits_to_keep=1,
        ).logits[:, -1]
        length_R += ~state.done_S[:rows]
        self.draw(self._slots[:rows], logits_RV)

    def _record(self, rows: int, width: int) -> torch.cuda.CUDAGraph:
        """Warm up and capture a step with all slots marked done, so that no state changes."""
        done_S = self.state.done_S.clone()
        self.state.done_S.fill_(True)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(2):
                self._decode(rows, width)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        pool = next(iter(self._graphs.values())).pool() if self._graphs else None
        with torch.cuda.graph(graph, pool=pool):
            self._decode(rows, width)
        self.state.done_S.copy_(done_S)
        return graph
