"""Per-slot state of continuous batching, kept on the device so that no step syncs. `SlotState`."""

from dataclasses import dataclass, fields

import torch

from training.generation.sampling import draw_token


@dataclass(frozen=True)
class SlotState:
    """S slots with a completion of at most M tokens each; all tensors are updated in place.

    A slot that is done keeps writing to the position after its last token, which is never read:
    hence the extra column.
    """

    noise_SM: torch.Tensor  # float64: decides the tokens
    tokens_SM1: torch.Tensor  # int64: sampled so far
    logprobs_SM1: torch.Tensor  # float32: of each token
    count_S: torch.Tensor  # int64: tokens sampled so far
    last_S: torch.Tensor  # int64: the last token, which is not in the KV cache yet
    length_S: torch.Tensor  # int64: tokens in the KV cache, prompt included
    done_S: torch.Tensor  # bool: at EOS, at M tokens, or empty

    @classmethod
    def empty(cls, slots: int, max_new_tokens: int, device: torch.device) -> "SlotState":
        """Return the state of `slots` empty slots."""

        def zeros(*shape: int, dtype: torch.dtype = torch.int64) -> torch.Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return cls(
            zeros(slots, max_new_tokens, dtype=torch.float64),
            zeros(slots, max_new_tokens + 1),
            zeros(slots, max_new_tokens + 1, dtype=torch.float32),
            zeros(slots),
            zeros(slots),
            zeros(slots),
            torch.ones(slots, dtype=torch.bool, device=device),
        )

    def start(self, slots: torch.Tensor, noise: torch.Tensor, lengths: torch.Tensor) -> None:
        """Start completions in the slots int64[n], with noise float64[n, M].

        `lengths`, int64[n], are those of the prompts, which the KV cache already has.
        """
        self.noise_SM[slots] = noise
        self.length_S[slots] = lengths
        self.count_S[slots] = 0
        self.done_S[slots] = False

    def draw(
        self, slots: torch.Tensor, logits: torch.Tensor, temperature: float, eos: torch.Tensor
    ) -> None:
        """Draw the next token of slots int64[n] from logits [n, V]; done slots are unchanged."""
        max_new_tokens = self.noise_SM.shape[1]
        done, count = self.done_S[slots], self.count_S[slots]
        noise = self.noise_SM[slots, count.clamp(max=max_new_tokens - 1)]
        tokens, logprobs = draw_token(logits, noise, temperature)
        self.tokens_SM1[slots, count] = tokens
        self.logprobs_SM1[slots, count] = logprobs
        count = count + ~done
        self.count_S[slots] = count
        self.last_S[slots] = torch.where(done, self.last_S[slots], tokens)
        ended = (tokens[:, None] == eos).any(-1) | (count == max_new_tokens)
        self.done_S[slots] = done | ended

    def move(self, target: torch.Tensor, source: torch.Tensor) -> None:
        """Copy the slots `source` to the slots `target`, and mark the source slots done."""
        for field in fields(self):
            tensor = getattr(self, field.name)
            tensor[target] = tensor[source]
        self.done_S[source] = True
