"""Stop a run whose loss or gradient is no number, and say what to look at. `check_finite(...)`."""

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
    """Return if `loss` and `grad_norm` of `record` are finite; weights are not changed yet.

    Raises NotFiniteError otherwise, after writing `nan-step-<step>.json` into `out`: the
    record, the parameters whose gradients or weights are not finite, and the `suspects`.
    """
    if isfinite(record["loss"]) and isfinite(record["grad_norm"]):
        return
    report = {
        **record,
        "weights_not_finite": [n for n, one in model.named_parameters() if _is_bad(one)],
        "gradients_not_finite": [n for n, one in model.named_parameters() if _is_bad(one.grad)],
        "documents": (documents := suspects()),
    }
    path = out / f"nan-step-{record['step']:08d}.json"
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    raise NotFiniteError(
        f"step {record['step'] + 1}: loss {record['loss']}, grad_norm {record['grad_norm']}. "
        f"Nothing was changed; the last checkpoint stands. {path} names the parameters and the "
        f"{len(documents)} documents concerned: look at their texts, at grad_norm and lr in "
        "log.jsonl before this step (do they climb? then a lower optimizer.peak or more "
        "warmup_steps), and try run.precision=fp32 from the checkpoint"
    )


def _is_bad(tensor: torch.Tensor | None) -> bool:
    if tensor is None:
        return False
    local = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    return not bool(torch.isfinite(local).all())
