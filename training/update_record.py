"""What is logged of an update: sums of its passes, put together. `update_record(...)`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from training.objective import Terms


@dataclass(frozen=True)
class PassRecord:
    """Sums over the tokens of one pass, and extremes."""

    tokens: int
    loss: float
    value_loss: float | None
    kl: float | None
    entropy: float
    clipped: int
    ratio: float
    least_ratio: float
    most_ratio: float
    importance: float
    mismatch: float | None
    most_mismatch: float

    @classmethod
    def nothing(cls) -> "PassRecord":
        """Return the record of an idle pass."""
        return cls(0, 0.0, None, None, 0.0, 0, 0.0, float("inf"), float("-inf"), 0.0, None, 0.0)

    @classmethod
    def of(
        cls,
        total: torch.Tensor,
        values: torch.Tensor | None,
        old_BT: torch.Tensor,
        rollout_BT: torch.Tensor | None,
        entropy_BT: torch.Tensor,
        terms: Terms,
        mask_BT: torch.Tensor,
    ) -> "PassRecord":
        """Take the record of a pass: its losses, and what lies within the mask."""
        ratio_N = terms.ratio_BT[mask_BT]
        mismatch_N = None if rollout_BT is None else (old_BT - rollout_BT)[mask_BT].abs()
        return cls(
            tokens=int(mask_BT.sum()),
            loss=float(total.detach()),
            value_loss=None if values is None else float(values.detach()),
            kl=None if terms.kl_BT is None else _total(terms.kl_BT[mask_BT]),
            entropy=_total(entropy_BT[mask_BT]),
            clipped=int(terms.clipped_BT[mask_BT].sum()),
            ratio=_total(ratio_N),
            least_ratio=float(ratio_N.min()),
            most_ratio=float(ratio_N.max()),
            importance=_total(terms.importance_BT[mask_BT]),
            mismatch=None if mismatch_N is None else _total(mismatch_N),
            most_mismatch=0.0 if mismatch_N is None else float(mismatch_N.max()),
        )


def update_record(passes: Sequence[PassRecord]) -> dict[str, Any]:
    """Return the means over all tokens of an update, and the extremes.

    `mismatch` is |log p by the trainer - log p by the rollout engine|, in nats, of the policy that
    explored: both should say the same.
    """
    tokens = sum(one.tokens for one in passes)
    record: dict[str, Any] = {"loss": sum(one.loss for one in passes), "update_tokens": tokens}
    if not tokens:
        return record

    def mean(name: str) -> float | None:
        values = [getattr(one, name) for one in passes if one.tokens]
        return None if None in values else sum(values) / tokens

    return record | {
        "value_loss": _sum_of([one.value_loss for one in passes if one.tokens]),
        "kl": mean("kl"),
        "entropy": mean("entropy"),
        "clip_fraction": mean("clipped"),
        "ratio": mean("ratio"),
        "ratio_min": min(one.least_ratio for one in passes),
        "ratio_max": max(one.most_ratio for one in passes),
        "importance": mean("importance"),
        "mismatch": mean("mismatch"),
        "mismatch_max": max(one.most_mismatch for one in passes),
    }


def _sum_of(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def _total(values_N: torch.Tensor) -> float:
    return float(values_N.double().sum())
