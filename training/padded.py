"""Arrays of outputs as one tensor, a row an output. `padded(...)`."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray


def padded(
    arrays: Sequence[NDArray[np.float32] | Sequence[float]], device: torch.device
) -> torch.Tensor:
    """Return float32[B, T] of arrays of at most T numbers; 0 behind the end of each.

    >>> padded([[1.0], [2.0, 3.0]], torch.device("cpu"))
    tensor([[1., 0.],
            [2., 3.]])
    """
    rows = [torch.as_tensor(np.asarray(one, np.float32)) for one in arrays]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(device)
