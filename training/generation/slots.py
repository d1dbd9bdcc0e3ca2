"""What is written in each slot: numbers on the device, so that no step waits. `SlotState`."""

from dataclasses import dataclass, fields

import torch

from training.generation.sampling import draw_token


@dataclass(frozen=True)
class SlotState:
    """S slots that write at most M tokens each; every tensor is changed in place.

    A slot that is done goes on writing at the place behind its text, which is never read: hence the
    column more for texts of M tokens.
    """

    noise_SM: torch.Tensor  # float64: decides the tokens
    tokens_SM1: torch.Tensor  # int64: written so far
    logprobs_SM1: torch.Tensor  # float32: of each
    count_S: torch.Tensor  # int64: how many
    last_S: torch.Tensor  # int64: the last, which is not in the cache yet
    length_S: torch.Tensor  # int64: tokens in the cache, prompt included
    done_S: torch.Tensor  # bool: at an end of text, at M tokens, or empty

    @classmethod
    def empty(cls, slots: int, most: int, device: torch.device) -> "SlotState":
        def zeros(*shape: int, dtype: torch.dtype = torch.int64) -> torch.Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return cls(
            zeros(slots, most, dtype=torch.float64),
            zeros(slots, most + 1),
            zeros(slots, most + 1, dtype=torch.float32),
            zeros(slots),
            zeros(slots),
            zeros(slots),
            torch.ones(slots, dtype=torch.bool, device=device),
        )

    def start(self, slots: torch.Tensor, noise: torch.Tensor, lengths: torch.Tensor) -> None:
        """Begin outputs in slots int64[n], behind prompts of some lengths that are in the cache."""
        self.noise_SM[slots] = noise
        self.length_S[slots] = lengths
        self.count_S[slots] = 0
        self.done_S[slots] = False

    def write(
        self, slots: torch.Tensor, logits: torch.Tensor, temperature: float, ends: torch.Tensor
    ) -> None:
        """Draw the next token of slots int64[n] from logits [n, V]; slots that are done stay so."""
        most = self.noise_SM.shape[1]
        done, count = self.done_S[slots], self.count_S[slots]
        noise = self.noise_SM[slots, count.clamp(max=most - 1)]
        drawn, logprobs = draw_token(logits, noise, temperature)
        self.tokens_SM1[slots, count] = drawn
        self.logprobs_SM1[slots, count] = logprobs
        count = count + ~done
        self.count_S[slots] = count
        self.last_S[slots] = torch.where(done, self.last_S[slots], drawn)
        self.done_S[slots] = done | (drawn[:, None] == ends).any(-1) | (count == most)

    def move(self, to: torch.Tensor, source: torch.Tensor) -> None:
        """Copy some slots into others, and leave them done."""
        for field in fields(self):
            whole = getattr(self, field.name)
            whole[to] = whole[source]
        self.done_S[source] = True
