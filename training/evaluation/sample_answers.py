"""Answers that a model gives to prompts, by transformers' `generate`, in batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from training.models.local_model import LocalModel
from training.models.padding import left_padded


@dataclass(frozen=True)
class Answer:
    """What a model wrote: tokens up to and with the end of text, and the text before any stop."""

    text: str
    tokens: tuple[int, ...]
    finished: bool  # by the end of text or a stop; else it was cut at max_new_tokens


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How the next token is chosen: the likeliest, or by chance at a temperature."""

    max_new_tokens: int
    temperature: float = 0.0  # 0: the likeliest
    top_p: float = 1.0
    seed: int = 0
    stop: str = ""  # text at which an answer ends


def sample_answers(
    model: LocalModel,
    prompts: Sequence[str],
    decoding: Decoding,
    batch_rows: int,
    report: Callable[[int], None] = lambda done: None,
) -> list[Answer]:
    """Return one answer a prompt, in order; repeat a prompt to have several.

    Prompts of like length share a batch. Where a prompt leaves no room for `max_new_tokens` in the
    context its beginning goes. Every batch has a seed of its own, so equal calls give equal
    answers; other `batch_rows` give others where chance is involved. Raises ValueError where
    `max_new_tokens` would fill the context.
    """
    room = model.context - decoding.max_new_tokens
    if room < 1:
        raise ValueError(
            f"max_new_tokens ({decoding.max_new_tokens}) leaves no room for a prompt in the"
            f" context of {model.context} tokens: set sampling.max_new_tokens lower"
        )
    rows = [model.prompt(prompt)[-room:] for prompt in prompts]
    answers: dict[int, Answer] = {}
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    for start in range(0, len(order), batch_rows):
        chosen = order[start : start + batch_rows]
        torch.manual_seed(decoding.seed * 1_000_003 + start)
        batch = _generate(model, [rows[i] for i in chosen], decoding)
        answers |= zip(chosen, batch, strict=True)
        report(start + len(chosen))
    return [answers[i] for i in range(len(rows))]


@torch.inference_mode()
def _generate(model: LocalModel, rows: Sequence[Sequence[int]], decoding: Decoding) -> list[Answer]:
    tokens_BT, mask_BT = left_padded(rows, model.pad, model.model.device)
    width = tokens_BT.shape[1]
    stops = StoppingCriteriaList([_StopAt(model, decoding.stop, width)] if decoding.stop else [])
    written_BT = model.model.generate(
        input_ids=tokens_BT,
        attention_mask=mask_BT,
        generation_config=_config(model, decoding),
        stopping_criteria=stops,
    )[:, width:]
    return [_answer(model, row, decoding.stop) for row in written_BT.tolist()]


def _config(model: LocalModel, decoding: Decoding) -> GenerationConfig:
    chance: dict[str, Any] = {"do_sample": False}
    if decoding.temperature:
        chance = {"do_sample": True, "temperature": decoding.temperature}
        chance |= {"top_p": decoding.top_p, "top_k": 0}
    return GenerationConfig(
        max_new_tokens=decoding.max_new_tokens,
        eos_token_id=sorted(model.eos),
        pad_token_id=model.pad,
        **chance,
    )


def _answer(model: LocalModel, written: Sequence[int], stop: str) -> Answer:
    ends = [i for i, token in enumerate(written) if token in model.eos]
    tokens = tuple(written[: ends[0] + 1] if ends else written)
    text = model.decode(tokens)
    before, stopped, _ = text.partition(stop) if stop else (text, "", "")
    return Answer(before, tokens, bool(ends or stopped))


class _StopAt(StoppingCriteria):
    """Ends each row whose newest text holds the stop."""

    def __init__(self, model: LocalModel, stop: str, width: int) -> None:
        self.model, self.stop, self.width = model, stop, width
        self.window = len(model.encode(stop)) + 8  # tokens of the end of a text that can hold it

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        ends = input_ids[:, self.width :][:, -self.window :].tolist()
        found = [self.stop in self.model.decode(row) for row in ends]
        return torch.tensor(found, device=input_ids.device)
