"""A module that is trained and sampled from in turn. `sampling_mode(model)`."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def sampling_mode(model: torch.nn.Module) -> Iterator[None]:
    """Within the context there are no gradients, no dropout and no recomputing of activations."""
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(training)
