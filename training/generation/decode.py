"""One more token for every slot, as a CUDA graph where there is a GPU. `DecodeStep(...)`."""

import torch
from transformers import PreTrainedModel

from training.generation.kv_cache import SlotKVCache
from training.generation.prefill import call_with_cache
from training.generation.slots import SlotState


class DecodeStep:
    """A step over the first `rows` slots and `width` places of a cache: `step(rows, width)`.

    All that it reads and writes stays in its place, so on a GPU each pair is recorded once and
    replayed: a step of a small model takes longer to launch than to compute.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        cache: SlotKVCache,
        state: SlotState,
        temperature: float,
        ends: torch.Tensor,
    ) -> None:
        self.model, self.cache, self.state = model, cache, state
        self._temperature, self._ends = temperature, ends
        self._slots = torch.arange(len(state.done_S), device=ends.device)
        self._places = torch.arange(cache.length, device=ends.device)
        self._graphs: dict[tuple[int, int], torch.cuda.CUDAGraph] = {}

    def __call__(self, rows: int, width: int) -> None:
        if self._slots.device.type != "cuda":
            self._take(rows, width)
            return
        if (rows, width) not in self._graphs:
            self._graphs[rows, width] = self._record(rows, width)
        self._graphs[rows, width].replay()

    def write(self, slots: torch.Tensor, logits: torch.Tensor) -> None:
        """Draw the next token of slots int64[n] from logits [n, V]."""
        self.state.write(slots, logits, self._temperature, self._ends)

    def _take(self, rows: int, width: int) -> None:
        state = self.state
        length_R = state.length_S[:rows]
        seen_RL = self._places[:width] <= length_R[:, None]
        logits_RV = call_with_cache(
            self.model,
            self.cache.window(length_R, width),
            input_ids=state.last_S[:rows, None],
            position_ids=length_R[:, None],
            attention_mask=seen_RL[:, None, None],
            logits_to_keep=1,
        ).logits[:, -1]
        length_R += ~state.done_S[:rows]
        self.write(self._slots[:rows], logits_RV)

    def _record(self, rows: int, width: int) -> torch.cuda.CUDAGraph:
        """Warm up and record a step, while every slot is said to be done: nothing is changed."""
        done_S = self.state.done_S.clone()
        self.state.done_S.fill_(True)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                self._take(rows, width)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        pool = next(iter(self._graphs.values())).pool() if self._graphs else None
        with torch.cuda.graph(graph, pool=pool):
            self._take(rows, width)
        self.state.done_S.copy_(done_S)
        return graph
