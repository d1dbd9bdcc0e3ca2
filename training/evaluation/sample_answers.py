"""Sample a model's answers to prompts, greedily or at random, with an engine of RL."""

from collections.abc import Callable, Sequence

from schemas.errors import InputError
from training.generation.transformers_engine import TransformersEngine
from training.generation.types import Completion, Decoding, Request
from training.models.local_model import LocalModel


def sample_answers(
    model: LocalModel,
    prompts: Sequence[str],
    seeds: Sequence[tuple[int, ...]],
    decoding: Decoding,
    report: Callable[[int], None] = lambda done: None,
) -> list[Completion]:
    """Return one completion per prompt and seed, in order; `report` gets the number done so far.

    Prompts of similar length share a batch of `decoding.rows`. A prompt that leaves no room for
    `max_new_tokens` in the context is truncated at its beginning. The seed is the only source of
    randomness: neither the batch size nor the other prompts change an answer, except by the
    rounding of logits. Raises InputError if `max_new_tokens` would fill the context.
    """
    room = model.context - decoding.max_new_tokens
    if room < 1:
        raise InputError(
            f"max_new_tokens ({decoding.max_new_tokens}) leaves no room for a prompt in the"
            f" context of {model.context} tokens: set sampling.max_new_tokens lower"
        )
    engine = TransformersEngine(decoding, model)
    requests = [
        Request(tuple(model.prompt(prompt)[-room:]), seed)
        for prompt, seed in zip(prompts, seeds, strict=True)
    ]
    order = sorted(range(len(requests)), key=lambda i: len(requests[i].prompt))
    completions: dict[int, Completion] = {}
    for start in range(0, len(order), decoding.rows):
        batch = order[start : start + decoding.rows]
        completions |= zip(batch, engine([requests[i] for i in batch]), strict=True)
        report(start + len(batch))
    return [completions[i] for i in range(len(requests))]
