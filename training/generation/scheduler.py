"""Continuous batching: requests enter slots as they become free. `run_batching(...)`."""

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np
import torch

from training.generation.forward import DecodeStep, Prefilled, prefill
from training.generation.sampling import sampling_noise
from training.generation.types import Request

SampledTokens = tuple[list[int], list[float]]  # tokens and their log-probabilities

# Limits of a prefill: tokens, padding included; and rows of logits, prompts x distinct lengths.
_PREFILL_TOKENS, _LOGIT_ROWS = 8192, 2048
# On a GPU: decode steps between checks for finished slots, since a check syncs with the device;
# and positions by which attention grows, since each width is a CUDA graph. A CPU needs neither.
_BURST = {"cuda": 16}
_WIDTH = {"cuda": 256}


def run_batching(step: DecodeStep, requests: Sequence[Request]) -> list[SampledTokens]:
    """Return the sampled tokens of each request, in order, cut at the first EOS."""
    return _Scheduler(step, requests).run()


class _Scheduler:
    """Assigns requests to slots, and keeps the queue of those without one."""

    def __init__(self, step: DecodeStep, requests: Sequence[Request]) -> None:
        self._step, self._requests = step, requests
        self._device = step.state.done_S.device
        slots, self._max_new_tokens = step.state.noise_SM.shape
        self._owners: list[int | None] = [None] * slots  # indices of requests
        self._lengths = [0] * slots  # upper bounds of the tokens in the KV cache
        self._queue = deque(range(len(requests)))
        self._waiting = Counter(request.prompt for request in requests)  # not in a slot yet
        self._prefilled: dict[tuple[int, ...], tuple[Prefilled, int]] = {}
        self._sampled: dict[int, SampledTokens] = {}
        self._burst = _BURST.get(self._device.type, 1)
        self._width = _WIDTH.get(self._device.type, 16)

    def run(self) -> list[SampledTokens]:
        while len(self._sampled) < len(self._requests):
            self._admit()
            rows = self._compact()
            longest = max(self._lengths) + self._burst
            width = -(-longest // self._width) * self._width
            for _ in range(self._burst):
                self._step(rows, min(width, self._step.cache.length))
            self._lengths = [length + self._burst if length else 0 for length in self._lengths]
            self._collect(rows)
        return [self._sampled[index] for index in range(len(self._requests))]

    def _admit(self) -> None:
        """Fill free slots from the queue; prompts that share a prefill start together."""
        free = [slot for slot, owner in enumerate(self._owners) if owner is None]
        groups: dict[int, tuple[Prefilled, list[tuple[int, int, int]]]] = {}
        for slot in free[: len(self._queue)]:
            index = self._queue.popleft()
            prefilled, row = self._prefill_of(self._requests[index].prompt)
            groups.setdefault(id(prefilled), (prefilled, []))[1].append((slot, index, row))
        for prefilled, entries in groups.values():
            self._start(prefilled, entries)

    def _prefill_of(self, prompt: tuple[int, ...]) -> tuple[Prefilled, int]:
        """Return the prefill that has a prompt, and its row; new prompts are prefilled together."""
        if prompt not in self._prefilled:
            self._prefilled = {
                known: entry for known, entry in self._prefilled.items() if self._waiting[known]
            }
            prompts = self._next_prompts(prompt)
            prefilled = prefill(self._step.model, prompts)
            self._prefilled |= {new: (prefilled, row) for row, new in enumerate(prompts)}
        self._waiting[prompt] -= 1
        return self._prefilled[prompt]

    def _next_prompts(self, first: tuple[int, ...]) -> list[tuple[int, ...]]:
        prompts, lengths = {first: None}, {len(first)}
        for index in self._queue:
            prompt = self._requests[index].prompt
            if prompt in self._prefilled or prompt in prompts:
                continue
            lengths.add(len(prompt))
            count = len(prompts) + 1
            if max(lengths) * count > _PREFILL_TOKENS or len(lengths) * count > _LOGIT_ROWS:
                break
            prompts[prompt] = None
        return list(prompts)

    def _start(self, prefilled: Prefilled, entries: list[tuple[int, int, int]]) -> None:
        """Start requests whose prompts share a prefill: (slot, request, row of the prefill)."""
        step, requests = self._step, [self._requests[index] for _, index, _ in entries]
        slots, rows = (
            torch.tensor([entry[i] for entry in entries], device=self._device) for i in (0, 2)
        )
        lengths = [len(request.prompt) for request in requests]
        noise = np.stack(
            [sampling_noise(request.seed, self._max_new_tokens) for request in requests]
        )
        step.cache.fill(
            slots,
            [layer[rows] for layer in prefilled.keys],
            [layer[rows] for layer in prefilled.values],
        )
        step.state.start(
            slots,
            torch.from_numpy(noise).to(self._device),
            torch.tensor(lengths, device=self._device),
        )
        step.draw(slots, prefilled.logits_PV[rows])
        for (slot, index, _), length in zip(entries, lengths, strict=True):
            self._owners[slot], self._lengths[slot] = index, length

    def _compact(self) -> int:
        """Move active slots to the front, and return the number of slots that a step covers."""
        slots = len(self._owners)
        active = [slot for slot, owner in enumerate(self._owners) if owner is not None]
        rows = self._rows_for(len(active))
        late = [slot for slot in active if slot >= rows]
        if late:
            holes = [slot for slot in range(rows) if self._owners[slot] is None][: len(late)]
            self._move(holes, late)
        return min(rows, slots)

    def _rows_for(self, active: int) -> int:
        """Return the rows of a step with `active` slots; on a GPU each number is a CUDA graph."""
        slots = len(self._owners)
        if self._device.type != "cuda":
            return min(slots, -(-active // 8) * 8)
        while slots // 2 >= max(active, 8):
            slots //= 2
        return slots

    def _move(self, target: list[int], source: list[int]) -> None:
        width = max(self._lengths[slot] for slot in source)
        targets, sources = (torch.tensor(slots, device=self._device) for slots in (target, source))
        self._step.cache.move(targets, sources, width)
        self._step.state.move(targets, sources)
        for new, old in zip(target, source, strict=True):
            self._owners[new], self._owners[old] = self._owners[old], None
            self._lengths[new], self._lengths[old] = self._lengths[old], 0

    def _collect(self, rows: int) -> None:
        """Take the tokens of finished requests and free their slots."""
        state = self._step.state
        done = state.done_S[:rows].tolist()
        ended = [slot for slot in range(rows) if done[slot] and self._owners[slot] is not None]
        if not ended:
            return
        slots = torch.tensor(ended, device=self._device)
        counts = state.count_S[slots].tolist()
        tokens, logprobs = state.tokens_SM1[slots].tolist(), state.logprobs_SM1[slots].tolist()
        for slot, count, *row in zip(ended, counts, tokens, logprobs, strict=True):
            index = self._owners[slot]
            assert index is not None
            self._sampled[index] = (row[0][:count], row[1][:count])
            self._owners[slot], self._lengths[slot] = None, 0
