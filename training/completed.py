"""Tokens that were sampled become a completion. `completed(...)`."""

from collections.abc import Sequence
from math import isfinite

from training.completion import Completion
from training.local_model import LocalModel
from training.rollout import Request


def completed(
    model: LocalModel, request: Request, tokens: Sequence[int], logprobs: Sequence[float]
) -> Completion:
    """Return a request's output: what was sampled up to and with the first end of text.

    Raises FloatingPointError where a log-probability is no number: so are the policy's weights.
    """
    ends = [place for place, token in enumerate(tokens) if token in model.eos]
    count = ends[0] + 1 if ends else len(tokens)
    if not all(map(isfinite, logprobs[:count])):
        raise FloatingPointError("the policy gives probabilities that are no numbers")
    return Completion(
        prompt=request.prompt,
        tokens=tuple(tokens[:count]),
        logprobs=tuple(logprobs[:count]),
        finished=bool(ends),
        text=model.decode(tokens[: ends[0]] if ends else tokens),
    )
