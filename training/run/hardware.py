"""Hardware figures: peak memory, and the floating-point operations that MFU is computed from."""

import resource
from typing import Any

import torch
from transformers import PreTrainedModel

from training.run.distributed import World

# Dense bf16 TFLOP/s from the vendors' data sheets; the first name contained in the device's wins.
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


def memory_in_use(world: World) -> int:
    """Return the peak memory so far, in bytes: of the GPU, or the resident set of the process."""
    if world.device.type == "cuda":
        return torch.cuda.max_memory_allocated(world.device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def training_flops(model: PreTrainedModel, tokens: int, pairs: int) -> float:
    """Return the operations of one forward and backward pass, recomputation not counted.

    `pairs` counts the query-key pairs of attention: n (n + 1) / 2 for a document of n tokens. A
    weight costs 6 operations per token, except in the embedding, which is a look-up; a pair costs
    12 per layer and unit of attention width.
    """
    config: Any = model.config
    embedding: Any = model.get_input_embeddings().weight
    tied = config.tie_word_embeddings  # then the output layer multiplies by the embedding matrix
    weights = sum(weight.numel() for weight in model.parameters())
    weights -= 0 if tied else embedding.numel()
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    width: int = head * config.num_attention_heads
    layers: int = config.num_hidden_layers
    return 6.0 * weights * tokens + 12.0 * layers * width * pairs


def peak_flops(
    device: torch.device, precision: torch.dtype, peak_tflops: float | None
) -> float | None:
    """Return the peak operations per second of a device; None if it is unknown.

    `peak_tflops`, from the settings, overrides the table.
    """
    if peak_tflops is not None:
        return peak_tflops * 1e12
    if device.type != "cuda" or precision != torch.bfloat16:
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak * 1e12 for part, peak in PEAK_TFLOPS.items() if part in name), None)
