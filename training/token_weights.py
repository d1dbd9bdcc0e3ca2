"""What a token counts in an update, however many passes that is split into."""

import torch


def token_weights(
    mask_BT: torch.Tensor,
    average: str,
    *,
    outputs: int,
    tokens: int,
    max_new_tokens: int,
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """Return the weights [B, T] of the tokens of one pass; 0 where the bool `mask_BT` is False.

    `outputs` and `tokens` are those of the whole update, over all passes and processes: the weights
    of an update add up to 1 under "sequence" (1 / (|o_i| N), equation 3) and "token" (1 / sum |o|,
    DAPO), and to the share of the places that are used under "constant" (1 / (N max_new_tokens),
    Dr. GRPO). A row without tokens has no weight. Raises ValueError at any other `average`.

    >>> token_weights(torch.tensor([[True, True], [True, False]]), "sequence",
    ...               outputs=2, tokens=3, max_new_tokens=4)
    tensor([[0.2500, 0.2500],
            [0.5000, 0.0000]])
    """
    inside_BT = mask_BT.to(dtype)
    if average == "sequence":
        return inside_BT / (inside_BT.sum(1, keepdim=True).clamp(min=1) * outputs)
    if average == "token":
        return inside_BT / tokens
    if average == "constant":
        return inside_BT / (outputs * max_new_tokens)
    raise ValueError(f"average must be sequence, token or constant, not {average!r}")
