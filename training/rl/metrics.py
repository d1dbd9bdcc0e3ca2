"""What is logged of an update: sums of its passes, put together. `update_record(...)`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch

from training.rl.objective import Terms
from training.rl.types import Explored
from training.run.metrics import Record


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


def exploration_record(explored: Explored, flat_groups: int, learnt: int) -> dict[str, Any]:
    """Return means over the outputs of an exploration, and counts.

    `flat_groups` had no variance, and `learnt` outputs go into the update (DPO leaves out what has
    no partner). `verifier_*` count completions whose answer algebra could not judge.
    """
    lengths = [len(one.tokens) for one in explored.completions]
    parts = _parts([one.parts for one in explored.grades])
    reasons = Counter(grade.reason for grade in explored.grades)
    return {
        "reward": fmean(one.reward for one in explored.grades),
        **{f"reward/{name}": value for name, value in parts.items()},
        "groups_without_variance": flat_groups,
        "outputs": len(lengths),
        "outputs_learnt": learnt,
        "length": fmean(lengths),
        "length_max": max(lengths),
        "truncated": fmean(not one.finished for one in explored.completions),
        "verifier_timeouts": reasons["timeout"],
        "verifier_unparsed": reasons["unparsed"],
        "verifier_stopped": reasons["memory"] + reasons["crash"],
    }


def _parts(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for one in parts for name in one})
    return {name: fmean(one.get(name, 0.0) for one in parts) for name in names}


SHOWN = (  # in the table at the end
    *("reward", "groups_without_variance", "kl", "entropy", "clip_fraction", "ratio_max"),
    *("mismatch", "length", "truncated", "verifier_timeouts", "loss", "value_loss", "grad_norm"),
    *("seconds/rollout", "seconds/reward", "seconds/update", "tokens_per_second", "memory_gb"),
)


_MISMATCH = 0.02  # nats a token; beyond it the engine samples from another policy than is trained


def grpo_line(record: Record) -> str:
    """Return the line that says how far a run is, and whether the engine is to be trusted."""
    seconds = sum(record.get(f"seconds/{part}", 0.0) for part in ("rollout", "reward", "update"))
    known = [
        f"{name} {record[key]:{form}}"
        for name, key, form in (
            ("reward", "reward", ".3f"),
            ("kl", "kl", ".4f"),
            ("entropy", "entropy", ".3f"),
            ("length", "length", ".1f"),
            ("grad", "grad_norm", ".3f"),
            ("mismatch", "mismatch", ".1e"),
        )
        if record.get(key) is not None
    ]
    place = f"update {record['step'] + 1}/{record['steps']}"
    alarm = (record.get("mismatch") or 0.0) > _MISMATCH
    last = ["the engine's log-probabilities are not the trainer's: see docs/rl.md"] * alarm
    return " | ".join([place, *known, f"{seconds:.1f} s", *last])
