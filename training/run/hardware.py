"""The most memory that was in use. `memory_in_use(world)`."""

import resource
from typing import Any

import torch
from transformers import PreTrainedModel

from training.run.distributed import World


def memory_in_use(world: World) -> int:
    """Return the most bytes that were in use so far: of the GPU, or of this process."""
    if world.device.type == "cuda":
        return torch.cuda.max_memory_allocated(world.device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# Dense bf16 by the makers' data sheets, TFLOP/s; the first name found in the device's counts.
PEAK_TFLOPS = {
    "H100 PCIe": 756.0,
    "H100 NVL": 835.0,
    "H100": 989.0,
    "H200": 989.0,
    "B200": 2250.0,
    "A100": 312.0,
    "L40S": 362.0,
    "MI300X": 1307.0,
}


def training_flops(model: PreTrainedModel, tokens: int, pairs: int) -> float:
    """Return the operations of forward and backward pass, without any that are done twice.

    `tokens` are the places, `pairs` those of a token and one it attends to: n (n + 1) / 2 for a
    document of n tokens. A weight costs 6 operations a token, but for the embedding, which is
    looked up; a pair costs 12 a layer and unit of width.
    """
    config: Any = model.config
    embedding: Any = model.get_input_embeddings().weight
    tied = config.tie_word_embeddings  # then the output layer multiplies by the same matrix
    weights = sum(one.numel() for one in model.parameters()) - (0 if tied else embedding.numel())
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    width: int = head * config.num_attention_heads
    layers: int = config.num_hidden_layers
    return 6.0 * weights * tokens + 12.0 * layers * width * pairs


def peak_flops(device: torch.device, precision: torch.dtype, told: float | None) -> float | None:
    """Return the operations a second that a device can do at most; None if that is not known."""
    if told is not None:
        return told * 1e12
    if device.type != "cuda" or precision != torch.bfloat16:
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak * 1e12 for part, peak in PEAK_TFLOPS.items() if part in name), None)
