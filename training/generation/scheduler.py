"""Requests go through slots: in as one is free, out as they are done. `run_batching(...)`."""

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np
import torch

from training.generation.decode import DecodeStep
from training.generation.prefill import Prefilled, prefill
from training.generation.sampling import sampling_noise
from training.generation.types import Request

SampledTokens = tuple[list[int], list[float]]  # tokens and their log-probabilities

# Of a pass over prompts: tokens, padding included; and rows of logits, one a prompt and length.
_PREFILL, _LOGITS = 8192, 2048
# GPU: steps between looks at who is done, since a look waits for the device; places of the cache
# by which attention grows, since each size is a graph. A CPU waits for nothing and has no graphs.
_BURST = {"cuda": 16}
_WIDTH = {"cuda": 256}


def run_batching(step: DecodeStep, requests: Sequence[Request]) -> list[SampledTokens]:
    """Return what was sampled to each request, in their order.

    Whatever follows an end of text within a burst of steps was never sampled.
    """
    return _Run(step, requests).finish()


class _Run:
    """Who is in which slot, and who waits."""

    def __init__(self, step: DecodeStep, requests: Sequence[Request]) -> None:
        self._step, self._requests = step, requests
        self._device = step.state.done_S.device
        slots, self._most = step.state.noise_SM.shape
        self._owners: list[int | None] = [None] * slots  # numbers of requests
        self._lengths = [0] * slots  # tokens in the cache at most
        self._queue = deque(range(len(requests)))
        self._wanted = Counter(one.prompt for one in requests)  # that are in no slot yet
        self._read: dict[tuple[int, ...], tuple[Prefilled, int]] = {}
        self._sampled: dict[int, SampledTokens] = {}
        self._burst = _BURST.get(self._device.type, 1)
        self._width = _WIDTH.get(self._device.type, 16)

    def finish(self) -> list[SampledTokens]:
        while len(self._sampled) < len(self._requests):
            self._admit()
            rows = self._rows()
            longest = max(self._lengths) + self._burst
            width = -(-longest // self._width) * self._width
            for _ in range(self._burst):
                self._step(rows, min(width, self._step.cache.length))
            self._lengths = [one + self._burst if one else 0 for one in self._lengths]
            self._take_out(rows)
        return [self._sampled[number] for number in range(len(self._requests))]

    def _admit(self) -> None:
        """Fill free slots from the queue; those whose prompts were read together, together."""
        free = [slot for slot, owner in enumerate(self._owners) if owner is None]
        groups: dict[int, tuple[Prefilled, list[tuple[int, int, int]]]] = {}
        for slot in free[: len(self._queue)]:
            number = self._queue.popleft()
            prefilled, row = self._reading_of(self._requests[number].prompt)
            groups.setdefault(id(prefilled), (prefilled, []))[1].append((slot, number, row))
        for prefilled, places in groups.values():
            self._start(prefilled, places)

    def _reading_of(self, prompt: tuple[int, ...]) -> tuple[Prefilled, int]:
        """Return where a prompt was read; if nowhere, read it and those that follow it."""
        if prompt not in self._read:
            self._read = {one: at for one, at in self._read.items() if self._wanted[one]}
            prompts = self._next_prompts(prompt)
            prefilled = prefill(self._step.model, prompts)
            self._read |= {one: (prefilled, row) for row, one in enumerate(prompts)}
        self._wanted[prompt] -= 1
        return self._read[prompt]

    def _next_prompts(self, first: tuple[int, ...]) -> list[tuple[int, ...]]:
        prompts, lengths = {first: None}, {len(first)}
        for number in self._queue:
            prompt = self._requests[number].prompt
            if prompt in self._read or prompt in prompts:
                continue
            lengths.add(len(prompt))
            count = len(prompts) + 1
            if max(lengths) * count > _PREFILL or len(lengths) * count > _LOGITS:
                break
            prompts[prompt] = None
        return list(prompts)

    def _start(self, prefilled: Prefilled, places: list[tuple[int, int, int]]) -> None:
        step, requests = self._step, [self._requests[number] for _, number, _ in places]
        slots, rows = (
            torch.tensor([place[i] for place in places], device=self._device) for i in (0, 2)
        )
        lengths = [len(one.prompt) for one in requests]
        noise = np.stack([sampling_noise(one.seed, self._most) for one in requests])
        step.cache.fill(
            slots, [one[rows] for one in prefilled.keys], [one[rows] for one in prefilled.values]
        )
        step.state.start(
            slots,
            torch.from_numpy(noise).to(self._device),
            torch.tensor(lengths, device=self._device),
        )
        step.write(slots, prefilled.logits_PV[rows])
        for (slot, number, _), length in zip(places, lengths, strict=True):
            self._owners[slot], self._lengths[slot] = number, length

    def _rows(self) -> int:
        """Return how many slots take part, once those that write are moved to the front."""
        slots = len(self._owners)
        taken = [slot for slot, owner in enumerate(self._owners) if owner is not None]
        rows = self._size(len(taken))
        late = [slot for slot in taken if slot >= rows]
        if late:
            holes = [slot for slot in range(rows) if self._owners[slot] is None][: len(late)]
            self._move(holes, late)
        return min(rows, slots)

    def _size(self, count: int) -> int:
        """Return how many slots a step has for so many that write: on a GPU a graph each."""
        slots = len(self._owners)
        if self._device.type != "cuda":
            return min(slots, -(-count // 8) * 8)
        while slots // 2 >= max(count, 8):
            slots //= 2
        return slots

    def _move(self, to: list[int], source: list[int]) -> None:
        width = max(self._lengths[slot] for slot in source)
        there, here = (torch.tensor(one, device=self._device) for one in (to, source))
        self._step.cache.move(there, here, width)
        self._step.state.move(there, here)
        for new, old in zip(to, source, strict=True):
            self._owners[new], self._owners[old] = self._owners[old], None
            self._lengths[new], self._lengths[old] = self._lengths[old], 0

    def _take_out(self, rows: int) -> None:
        state = self._step.state
        done = state.done_S[:rows].tolist()
        ended = [slot for slot in range(rows) if done[slot] and self._owners[slot] is not None]
        if not ended:
            return
        slots = torch.tensor(ended, device=self._device)
        counts = state.count_S[slots].tolist()
        tokens, logprobs = state.tokens_SM1[slots].tolist(), state.logprobs_SM1[slots].tolist()
        for slot, count, *row in zip(ended, counts, tokens, logprobs, strict=True):
            number = self._owners[slot]
            assert number is not None
            self._sampled[number] = (row[0][:count], row[1][:count])
            self._owners[slot], self._lengths[slot] = None, 0
