"""Copy the policy's weights to the model that completions are sampled from."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch.distributed.tensor import DTensor
from transformers import AutoModelForCausalLM, PreTrainedModel


@contextmanager
def sampling_mode(model: PreTrainedModel, attention: str = "sdpa") -> Iterator[None]:
    """Disable gradients, dropout and activation recomputation within the context.

    The model has the attention implementation `attention` there; its previous state is restored.
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


def sync_weights(copy: PreTrainedModel | None, policy: PreTrainedModel) -> PreTrainedModel:
    """Return an unsharded model with the policy's weights: bf16 on a GPU, float32 on a CPU.

    This is the policy itself if it is such a model. Otherwise it is `copy` with new weights, whose
    tensors keep their addresses, or a new copy if there is none. If the policy is sharded, all
    processes must call it together. Raises ValueError if the names of the weights differ.
    """
    dtype = torch.bfloat16 if policy.device.type == "cuda" else torch.float32
    if _can_sample(policy, dtype):
        return policy
    copy = _new_copy(policy, dtype) if copy is None else copy
    _copy_weights(copy, policy)
    return copy


def _can_sample(policy: PreTrainedModel, dtype: torch.dtype) -> bool:
    weights = list(policy.parameters())
    unsharded = not any(isinstance(weight, DTensor) for weight in weights)
    right_dtype = all(weight.dtype == dtype for weight in weights)
    return unsharded and right_dtype and policy.config._attn_implementation == "sdpa"


def _new_copy(policy: PreTrainedModel, dtype: torch.dtype) -> PreTrainedModel:
    """Return a model of the same sizes, initialised inside fork_rng so that no RNG advances."""
    device = policy.device
    gpus = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus), torch.device(device):
        model: PreTrainedModel = AutoModelForCausalLM.from_config(
            deepcopy(policy.config), dtype=dtype, attn_implementation="sdpa"
        )
    model.eval()  # keep requires_grad: on a CPU, logits round differently without it
    return model


@torch.no_grad()
def _copy_weights(copy: PreTrainedModel, policy: PreTrainedModel) -> None:
    targets, sources = copy.state_dict(), policy.state_dict()
    if targets.keys() != sources.keys():
        names = sorted(targets.keys() ^ sources.keys())
        raise ValueError(f"weights that only one of policy and copy has: {names}")
    for name, target in targets.items():
        source = sources[name]
        target.copy_(source.full_tensor() if isinstance(source, DTensor) else source)
