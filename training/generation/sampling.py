"""Pre-drawn random numbers, one per token, and the tokens they select."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray


def sampling_noise(seed: Sequence[int], count: int) -> NDArray[np.float64]:
    """Return uniform numbers from [0, 1), float64[count], that depend on the seed alone.

    They are the same on every machine, and the first ones do not depend on `count`.

    >>> sampling_noise((0, 7), 2).tolist() == sampling_noise((0, 7), 5).tolist()[:2]
    True
    """
    # SeedSequence treats (1,) and (1, 0) alike; prefixed with their lengths they differ.
    entropy = np.random.SeedSequence([len(seed), *seed])
    return np.random.Generator(np.random.Philox(entropy)).random(count)


def draw_token(
    logits_BV: torch.Tensor, noise_B: torch.Tensor, temperature: float, top_p: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens int64[B] and their log-probabilities float32[B], in nats.

    Both are those of softmax(logits / temperature). Tokens are drawn by inverse transform sampling:
    the first token at which the cumulative probability, in vocabulary order, exceeds the noise
    (float64, from [0, 1)). Rows do not depend on each other, and a token of probability 0 is never
    drawn. If a row's logits hold a NaN, its log-probability is NaN.

    With `top_p` below 1 only the nucleus is sampled: the fewest tokens whose probabilities add up
    to `top_p`, renormalised (Holtzman et al. 2020, arXiv:1904.09751). At temperature 0 the token is
    the most probable one, and its log-probability is that of softmax(logits).

    >>> token, logprob = draw_token(torch.zeros(1, 4), torch.tensor([0.6]).double(), 1.0)
    >>> token.item(), round(logprob.exp().item(), 6)
    (2, 0.25)
    """
    if temperature == 0:
        tokens_B = logits_BV.float().argmax(-1)
        logprobs_BV = logits_BV.float().log_softmax(-1)
        return tokens_B, logprobs_BV.gather(-1, tokens_B[:, None])[:, 0]
    logprobs_BV = (logits_BV.float() / temperature).log_softmax(-1)
    if top_p < 1:
        logprobs_BV = _nucleus(logprobs_BV, top_p).log_softmax(-1)
    probs_BV = logprobs_BV.exp()
    cumulative_BV = probs_BV.cumsum(-1, dtype=torch.float64)
    tokens_B = _first_above(cumulative_BV.masked_fill_(probs_BV == 0, -1.0), noise_B)
    return tokens_B, logprobs_BV.gather(-1, tokens_B[:, None])[:, 0]


def _nucleus(logprobs_BV: torch.Tensor, top_p: float) -> torch.Tensor:
    """Set the log-probabilities of all tokens outside the nucleus to -inf."""
    sorted_BV, order_BV = logprobs_BV.sort(-1, descending=True)
    probs_BV = sorted_BV.exp()
    before_BV = probs_BV.cumsum(-1, dtype=torch.float64) - probs_BV
    outside_BV = torch.zeros_like(before_BV, dtype=torch.bool)
    outside_BV.scatter_(-1, order_BV, before_BV >= top_p)
    return logprobs_BV.masked_fill(outside_BV, -torch.inf)


def _first_above(cumulative_BV: torch.Tensor, noise_B: torch.Tensor) -> torch.Tensor:
    """Return the first index at which the sum exceeds the noise, else that of the largest sum.

    Sums of tokens that cannot be drawn are set to a negative value: a GPU adds in chunks, so its
    cumulative sums need not be monotonic where the addend is 0.
    """
    total_B = cumulative_BV.amax(-1)
    threshold_B = torch.minimum(noise_B, torch.nextafter(total_B, torch.zeros_like(total_B)))
    return (cumulative_BV > threshold_B[:, None]).view(torch.uint8).argmax(-1)  # the first maximum
