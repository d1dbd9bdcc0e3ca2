"""A module that is trained and sampled from in turn. `sampling_mode(model)`."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import PreTrainedModel


@contextmanager
def sampling_mode(model: PreTrainedModel, attention: str = "sdpa") -> Iterator[None]:
    """Within the context there are no gradients, no dropout and no recomputing of activations.

    Attention is as `attention` names it; what was before comes back after.
    """
    training, before = model.training, model.config._attn_implementation
    model.eval()
    model.set_attn_implementation(attention)
    try:
        with torch.inference_mode():
            yield
    finally:
        model.set_attn_implementation(before)
        model.train(training)
