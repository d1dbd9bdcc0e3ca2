"""Stop a run whose loss or gradient is not finite, with a report of what to look at."""

import json
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor

from schemas.errors import NotFiniteError


def check_finite(
    out: Path, record: dict[str, Any], model: torch.nn.Module, suspects: Callable[[], list[str]]
) -> None:
    """Raise NotFiniteError if `loss` or `grad_norm` of a step's record is NaN or infinite.

    Call it before the optimizer changes the weights. It first writes `nan-step-<step>.json` into
    `out`: the record, the parameters whose weights or gradients are not finite, and the documents
    that `suspects` returns.
    """
    if isfinite(record["loss"]) and isfinite(record["grad_norm"]):
        return
    parameters = list(model.named_parameters())
    report = {
        **record,
        "weights_not_finite": [name for name, weight in parameters if _has_nan_or_inf(weight)],
        "gradients_not_finite": [
            name for name, weight in parameters if _has_nan_or_inf(weight.grad)
        ],
        "documents": (documents := suspects()),
    }
    path = out / f"nan-step-{record['step']:08d}.json"
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    raise NotFiniteError(
        f"step {record['step'] + 1}: loss {record['loss']}, grad_norm {record['grad_norm']}. "
        f"The weights and the last checkpoint are unchanged. {path} names the parameters and the "
        f"{len(documents)} documents concerned: look at their texts and at grad_norm and lr in "
        "log.jsonl before this step (if they rise, lower optimizer.peak or raise warmup_steps), "
        "and try run.precision=fp32 from the checkpoint"
    )


def _has_nan_or_inf(tensor: torch.Tensor | None) -> bool:
    if tensor is None:
        return False
    local = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    return not bool(torch.isfinite(local).all())
