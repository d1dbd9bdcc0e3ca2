"""Score completions with a reward model. `grade_by_model(...)`."""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from schemas.errors import InputError, NotFiniteError

_TOKENS = 16_384  # of a forward pass, padding included


@torch.inference_mode()
def grade_by_model(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    positions: Sequence[Sequence[int]],
    names: Sequence[str],
) -> list[list[float]]:
    """Return sigmoid(score) at `positions` of each row of tokens (a prompt and a completion).

    Rows of similar length share a forward pass. Raises NotFiniteError for a score that is not
    finite, with the name of its row, and InputError for a row longer than the model's context.
    """
    context = getattr(model.config, "max_position_embeddings", None) or 2**31
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    if order and len(rows[order[-1]]) > context:
        raise InputError(
            f"{names[order[-1]]}: {len(rows[order[-1]])} tokens exceed the reward model's "
            f"context of {context}: set rollout.max_new_tokens lower"
        )
    scores: dict[int, list[float]] = {}
    while order:
        size = max(1, _TOKENS // len(rows[order[-1]]))  # rows, all as long as the longest
        batch, order = order[-size:], order[:-size]
        scores |= zip(batch, _scores(model, rows, positions, batch), strict=True)
    for i, row in scores.items():
        if not all(0 <= score <= 1 for score in row):
            raise NotFiniteError(f"{names[i]}: the reward model's scores are not finite: {row}")
    return [scores[i] for i in range(len(rows))]


def _scores(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    positions: Sequence[Sequence[int]],
    batch: Sequence[int],
) -> list[list[float]]:
    width = max(len(rows[i]) for i in batch)
    padded = [[*rows[i], *[0] * (width - len(rows[i]))] for i in batch]
    mask = [[1] * len(rows[i]) + [0] * (width - len(rows[i])) for i in batch]
    tokens_BT = torch.tensor(padded, device=model.device)
    scores_BT = model(
        input_ids=tokens_BT,
        attention_mask=torch.tensor(mask, device=model.device),
        use_cache=False,
    ).logits.squeeze(-1)
    rewards_BT = torch.sigmoid(scores_BT.float()).cpu()
    return [rewards_BT[row, list(positions[i])].tolist() for row, i in enumerate(batch)]
