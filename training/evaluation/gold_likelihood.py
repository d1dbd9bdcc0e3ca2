"""Perplexity and bits per byte of reference solutions given their prompts."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch

from training.models.local_model import LocalModel
from training.models.padding import left_padded


@dataclass(frozen=True)
class Likelihood:
    """Negative log-likelihood of one text in nats, over its tokens and UTF-8 bytes."""

    nats: float
    tokens: int
    bytes: int


@dataclass(frozen=True)
class Perplexity:
    """Of many texts: perplexity per token, and bits per byte, comparable across tokenizers."""

    perplexity: float
    bits_per_byte: float


def gold_likelihoods(
    model: LocalModel,
    pairs: Sequence[tuple[str, str]],
    batch_rows: int,
    report: Callable[[int], None] = lambda done: None,
) -> list[Likelihood]:
    """Return the likelihood of the second text of each pair given the first (the prompt).

    The two are tokenized separately, as in sft_run.py. Only the last `model.context` tokens of
    prompt and text are read: a longer text is truncated at its beginning, and its bytes are counted
    in proportion to the tokens that are predicted. `report` gets the number of pairs done so far.
    Raises ValueError for an empty text.
    """
    rows = [(model.prompt(prompt), model.encode(gold)) for prompt, gold in pairs]
    if not all(gold for _, gold in rows):
        raise ValueError("cannot compute the likelihood of an empty text")
    likelihoods: dict[int, Likelihood] = {}
    order = sorted(range(len(rows)), key=lambda i: sum(map(len, rows[i])))
    for start in range(0, len(order), batch_rows):
        batch = order[start : start + batch_rows]
        for i, (nats, tokens) in zip(batch, _nats(model, [rows[i] for i in batch]), strict=True):
            size = len(pairs[i][1].encode()) * tokens / len(rows[i][1])
            likelihoods[i] = Likelihood(nats, tokens, round(size))
        report(start + len(batch))
    return [likelihoods[i] for i in range(len(rows))]


def pooled(likelihoods: Iterable[Likelihood]) -> Perplexity:
    """Return the perplexity of all texts pooled: exp(nats / tokens), nats / (ln 2 * bytes).

    >>> pooled([Likelihood(nats=2 * math.log(8), tokens=2, bytes=6)])
    Perplexity(perplexity=8.0, bits_per_byte=1.0)
    """
    texts = list(likelihoods)
    nats = math.fsum(text.nats for text in texts)
    return Perplexity(
        round(math.exp(nats / sum(text.tokens for text in texts)), 12),
        round(nats / math.log(2) / sum(text.bytes for text in texts), 12),
    )


@torch.inference_mode()
def _nats(
    model: LocalModel, rows: Sequence[tuple[list[int], list[int]]]
) -> list[tuple[float, int]]:
    """Return the nats and the number of predicted tokens of each row."""
    joined = [(prompt + gold)[-model.context :] for prompt, gold in rows]
    tokens_BT, mask_BT = left_padded(joined, model.pad, model.model.device)
    lengths = [min(len(gold), len(row) - 1) for (_, gold), row in zip(rows, joined, strict=True)]
    longest = max(lengths)
    logits_BTV = model.model(
        input_ids=tokens_BT,
        attention_mask=mask_BT,
        position_ids=(mask_BT.cumsum(1) - 1).clamp(min=0),
        logits_to_keep=longest + 1,
        use_cache=False,
    ).logits[:, :-1]
    targets_BT = tokens_BT[:, -longest:]
    nats_BT = torch.nn.functional.cross_entropy(
        logits_BTV.float().transpose(1, 2), targets_BT, reduction="none"
    )
    sums = (nats_BT[i, longest - length :].double().sum() for i, length in enumerate(lengths))
    return [(float(nats), length) for nats, length in zip(sums, lengths, strict=True)]
