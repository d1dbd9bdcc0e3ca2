"""Chance that is drawn ahead: the numbers that decide an output's tokens. `uniforms(...)`."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray


def uniforms(seed: Sequence[int], count: int) -> NDArray[np.float64]:
    """Return numbers from [0, 1), the same for the same seed on every machine: float64[count].

    The first numbers do not depend on `count`.

    >>> uniforms((0, 7), 2).tolist() == uniforms((0, 7), 5).tolist()[:2]
    True
    """
    # A SeedSequence takes (1,) and (1, 0) for the same; with their lengths they differ.
    entropy = np.random.SeedSequence([len(seed), *seed])
    return np.random.Generator(np.random.Philox(entropy)).random(count)


def draw_token(
    logits_BV: torch.Tensor, uniforms_B: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens int64[B] and their log-probabilities float32[B], in nats.

    Both are those of softmax(logits / temperature). A token is where the sum of probabilities,
    in order of the vocabulary, first exceeds the number (float64, from [0, 1)): so rows depend on
    no others, and a token of probability 0 is never drawn. Where a row's logits hold a NaN its
    log-probability is NaN.

    >>> token, logprob = draw_token(torch.zeros(1, 4), torch.tensor([0.6]).double(), 1.0)
    >>> token.item(), round(logprob.exp().item(), 6)
    (2, 0.25)
    """
    logprobs_BV = (logits_BV.float() / temperature).log_softmax(-1)
    odds_BV = logprobs_BV.exp()
    sums_BV = odds_BV.cumsum(-1, dtype=torch.float64)
    tokens_B = _first_beyond(sums_BV.masked_fill_(odds_BV == 0, -1.0), uniforms_B)
    return tokens_B, logprobs_BV.gather(-1, tokens_B[:, None])[:, 0]


def _first_beyond(sums_BV: torch.Tensor, uniforms_B: torch.Tensor) -> torch.Tensor:
    """Return where sums first exceed the numbers, or else where they are greatest.

    Sums of tokens that cannot be drawn are negative: a GPU adds in parts, and its sums need not
    ascend where nothing is added.
    """
    total_B = sums_BV.amax(-1)
    least_B = torch.minimum(uniforms_B, torch.nextafter(total_B, torch.zeros_like(total_B)))
    return (sums_BV > least_B[:, None]).view(torch.uint8).argmax(-1)  # the first of all
