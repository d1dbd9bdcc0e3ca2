"""Tokens that were sampled become a completion. `make_completion(...)`."""

from collections.abc import Sequence
from math import isfinite

from training.generation.types import Completion, Request
from training.models.local_model import LocalModel


def make_completion(
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


def check_context(requests: Sequence[Request], max_new_tokens: int, context: int) -> None:
    """Raise ValueError if a prompt and its output may be longer than the context, in tokens."""
    longest = max((len(request.prompt) for request in requests), default=0)
    if longest + max_new_tokens > context:
        raise ValueError(
            f"a prompt of {longest} tokens and rollout.max_new_tokens ({max_new_tokens}) exceed the"
            f" context of {context}: set max_new_tokens to {max(context - longest, 0)} or less, or"
            " leave long problems out"
        )
