"""Arrays of a batch to what `DocumentLoss` is called with. `to_device(...)`."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from training.models.varlen_attention import NAME, document_ends


def to_device(
    arrays: Iterable[NDArray[np.int32]], model: PreTrainedModel, device: torch.device
) -> tuple[torch.Tensor | None, ...]:
    """Return tokens, labels and positions as int64[B, T], and where documents end, or None.

    `arrays` are the three as `packing.Block` has them, stacked.

    Copies to a GPU go on while the model works: nothing here waits for it.
    """
    parts = [torch.from_numpy(one).long() for one in arrays]
    if model.config._attn_implementation == NAME:
        parts.append(document_ends(parts[2]))
    if device.type == "cuda":
        parts = [one.pin_memory().to(device, non_blocking=True) for one in parts]
    return tuple(parts) if len(parts) == 4 else (*parts, None)
