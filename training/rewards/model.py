"""What a reward model says of outputs. `grade_by_model(...)`."""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

_TOKENS = 16_384  # of a pass, padding included


@torch.inference_mode()
def grade_by_model(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    names: Sequence[str],
) -> list[list[float]]:
    """Return sigmoid(score) at the given places of each row of tokens (a prompt and an output).

    Rows of like length share a pass. Raises FloatingPointError for a score that is no number, with
    the name of its row, and ValueError for a row that is longer than the model's context.
    """
    context = getattr(model.config, "max_position_embeddings", None) or 2**31
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    if order and len(rows[order[-1]]) > context:
        raise ValueError(
            f"{names[order[-1]]}: {len(rows[order[-1]])} tokens are beyond the reward model's "
            f"context of {context}: set rollout.max_new_tokens lower"
        )
    scores: dict[int, list[float]] = {}
    while order:
        size = max(1, _TOKENS // len(rows[order[-1]]))  # rows of the longest's length
        some, order = order[-size:], order[:-size]
        scores |= zip(some, _scores(model, rows, places, some), strict=True)
    for i, row in scores.items():
        if not all(0 <= score <= 1 for score in row):
            raise FloatingPointError(f"{names[i]}: a reward model's scores are no numbers: {row}")
    return [scores[i] for i in range(len(rows))]


def _scores(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    some: Sequence[int],
) -> list[list[float]]:
    width = max(len(rows[i]) for i in some)
    padded = [[*rows[i], *[0] * (width - len(rows[i]))] for i in some]
    mask = [[1] * len(rows[i]) + [0] * (width - len(rows[i])) for i in some]
    tokens_BT = torch.tensor(padded, device=model.device)
    scores_BT = model(
        input_ids=tokens_BT,
        attention_mask=torch.tensor(mask, device=model.device),
        use_cache=False,
    ).logits.squeeze(-1)
    rewards = torch.sigmoid(scores_BT.float()).cpu()
    return [rewards[row, list(places[i])].tolist() for row, i in enumerate(some)]
