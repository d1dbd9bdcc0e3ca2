"""Prompts that are too long are found before anything is sampled. `check_room(...)`."""

from collections.abc import Sequence

from training.rollout import Request


def check_room(requests: Sequence[Request], max_new_tokens: int, context: int) -> None:
    """Raise ValueError if a prompt and its output may be longer than the context, in tokens."""
    longest = max((len(request.prompt) for request in requests), default=0)
    if longest + max_new_tokens > context:
        raise ValueError(
            f"a prompt of {longest} tokens and rollout.max_new_tokens ({max_new_tokens}) exceed the"
            f" context of {context}: set max_new_tokens to {max(context - longest, 0)} or less, or"
            " leave long problems out"
        )
