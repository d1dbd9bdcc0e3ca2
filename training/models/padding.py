"""Pad rows of different lengths to one batch."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray


def left_padded(
    rows: Sequence[Sequence[int]], pad: int, device: torch.device | str = "cpu"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return int64 tokens and mask [B, T], padded on the left.

    The mask comes from the lengths, never from the pad ID, so a pad that equals EOS or occurs in a
    text masks nothing.

    >>> left_padded([[5], [0, 7]], pad=0)
    (tensor([[0, 5],
            [0, 7]]), tensor([[0, 1],
            [1, 1]]))
    """
    width = max(map(len, rows))
    tokens = [[pad] * (width - len(row)) + list(row) for row in rows]
    mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)


def padded(
    arrays: Sequence[NDArray[np.float32] | Sequence[float]], device: torch.device
) -> torch.Tensor:
    """Return float32[B, T] from B arrays of at most T numbers, padded with 0 on the right.

    >>> padded([[1.0], [2.0, 3.0]], torch.device("cpu"))
    tensor([[1., 0.],
            [2., 3.]])
    """
    rows = [torch.as_tensor(np.asarray(array, np.float32)) for array in arrays]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(device)
