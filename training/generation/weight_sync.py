"""A module that is trained and sampled from in turn. `sampling_mode(model)`."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch.distributed.tensor import DTensor
from transformers import AutoModelForCausalLM, PreTrainedModel


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


def sync_weights(held: PreTrainedModel | None, policy: PreTrainedModel) -> PreTrainedModel:
    """Return a whole model with the policy's weights: bf16 on a GPU, float32 on a CPU.

    It is the policy itself where that is such a model; else its copy, which is made where none is
    `held`, and whose tensors keep their places in memory ever after. Where the policy is sharded
    all processes must call it together. Raises ValueError where the names of weights differ.
    """
    dtype = torch.bfloat16 if policy.device.type == "cuda" else torch.float32
    if _serves(policy, dtype):
        return policy
    copy = _copy(policy, dtype) if held is None else held
    _copy_weights(copy, policy)
    return copy


def _serves(policy: PreTrainedModel, dtype: torch.dtype) -> bool:
    weights = list(policy.parameters())
    whole = not any(isinstance(one, DTensor) for one in weights)
    right = all(one.dtype == dtype for one in weights)
    return whole and right and policy.config._attn_implementation == "sdpa"


def _copy(policy: PreTrainedModel, dtype: torch.dtype) -> PreTrainedModel:
    """Return a model of the same sizes; the weights it is drawn with use up nobody's noise."""
    device = policy.device
    gpus = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus), torch.device(device):
        made: PreTrainedModel = AutoModelForCausalLM.from_config(
            deepcopy(policy.config), dtype=dtype, attn_implementation="sdpa"
        )
    made.eval()  # on a CPU, weights that want no gradient would give other bits
    return made


@torch.no_grad()
def _copy_weights(held: PreTrainedModel, policy: PreTrainedModel) -> None:
    ours, theirs = held.state_dict(), policy.state_dict()
    if ours.keys() != theirs.keys():
        raise ValueError(f"not the same weights: {sorted(ours.keys() ^ theirs.keys())}")
    for name, weight in ours.items():
        there = theirs[name]
        weight.copy_(there.full_tensor() if isinstance(there, DTensor) else there)
