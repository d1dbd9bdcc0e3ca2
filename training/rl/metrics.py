"""Build the log records of an update and of a rollout, and the progress line."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch

from training.rl.objective import Terms
from training.rl.types import RolloutBatch
from training.run.metrics import Record

# Nats per token. Above it, the engine is taken to sample from another policy than the trained one.
_MISMATCH = 0.02

SHOWN = (  # in the table at the end of a run
    *("reward", "groups_without_variance", "kl", "entropy", "clip_fraction", "ratio_max"),
    *("mismatch", "length", "truncated", "verifier_timeouts", "loss", "value_loss", "grad_norm"),
    *("seconds/rollout", "seconds/reward", "seconds/update", "tokens_per_second", "memory_gb"),
)


@dataclass(frozen=True)
class MicrobatchRecord:
    """Sums over the tokens of one microbatch, and extremes; logarithms are in nats."""

    tokens: int
    loss: float
    value_loss: float | None
    kl: float | None
    entropy: float
    clipped: int
    ratio: float
    min_ratio: float
    max_ratio: float
    importance: float
    mismatch: float | None
    max_mismatch: float

    @classmethod
    def idle(cls) -> "MicrobatchRecord":
        """Return the record of an idle microbatch."""
        return cls(0, 0.0, None, None, 0.0, 0, 0.0, float("inf"), float("-inf"), 0.0, None, 0.0)

    @classmethod
    def of(
        cls,
        loss: torch.Tensor,
        value_loss: torch.Tensor | None,
        old_BT: torch.Tensor,
        rollout_BT: torch.Tensor | None,
        entropy_BT: torch.Tensor,
        terms: Terms,
        mask_BT: torch.Tensor,
    ) -> "MicrobatchRecord":
        """Return the record of a microbatch: its losses, and sums over the tokens in the mask."""
        ratio_N = terms.ratio_BT[mask_BT]
        mismatch_N = None if rollout_BT is None else (old_BT - rollout_BT)[mask_BT].abs()
        return cls(
            tokens=int(mask_BT.sum()),
            loss=float(loss.detach()),
            value_loss=None if value_loss is None else float(value_loss.detach()),
            kl=None if terms.kl_BT is None else _total(terms.kl_BT[mask_BT]),
            entropy=_total(entropy_BT[mask_BT]),
            clipped=int(terms.clipped_BT[mask_BT].sum()),
            ratio=_total(ratio_N),
            min_ratio=float(ratio_N.min()),
            max_ratio=float(ratio_N.max()),
            importance=_total(terms.importance_BT[mask_BT]),
            mismatch=None if mismatch_N is None else _total(mismatch_N),
            max_mismatch=0.0 if mismatch_N is None else float(mismatch_N.max()),
        )


def _total(values_N: torch.Tensor) -> float:
    return float(values_N.double().sum())


def update_record(microbatches: Sequence[MicrobatchRecord]) -> dict[str, Any]:
    """Return means over all tokens of an update, and extremes.

    `mismatch` is |log p by the trainer - log p by the sampling engine|, in nats, of the policy that
    sampled: the two should agree.
    """
    tokens = sum(part.tokens for part in microbatches)
    record: dict[str, Any] = {
        "loss": sum(part.loss for part in microbatches),
        "update_tokens": tokens,
    }
    if not tokens:
        return record

    def mean(name: str) -> float | None:
        values = [getattr(part, name) for part in microbatches if part.tokens]
        return None if None in values else sum(values) / tokens

    return record | {
        "value_loss": _sum_of([part.value_loss for part in microbatches if part.tokens]),
        "kl": mean("kl"),
        "entropy": mean("entropy"),
        "clip_fraction": mean("clipped"),
        "ratio": mean("ratio"),
        "ratio_min": min(part.min_ratio for part in microbatches),
        "ratio_max": max(part.max_ratio for part in microbatches),
        "importance": mean("importance"),
        "mismatch": mean("mismatch"),
        "mismatch_max": max(part.max_mismatch for part in microbatches),
    }


def _sum_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def rollout_record(batch: RolloutBatch, flat_groups: int, learnt: int) -> dict[str, Any]:
    """Return means over the completions of a rollout, and counts.

    `flat_groups` groups had no variance, and `learnt` completions go into the update (DPO leaves
    out those without a partner). `verifier_*` count completions whose answer algebra could not
    judge.
    """
    lengths = [len(completion.tokens) for completion in batch.completions]
    parts = _mean_parts([grade.parts for grade in batch.grades])
    reasons = Counter(grade.reason for grade in batch.grades)
    return {
        "reward": fmean(grade.reward for grade in batch.grades),
        **{f"reward/{name}": value for name, value in parts.items()},
        "groups_without_variance": flat_groups,
        "outputs": len(lengths),
        "outputs_learnt": learnt,
        "length": fmean(lengths),
        "length_max": max(lengths),
        "truncated": fmean(not completion.finished for completion in batch.completions),
        "verifier_timeouts": reasons["timeout"],
        "verifier_unparsed": reasons["unparsed"],
        "verifier_stopped": reasons["memory"] + reasons["crash"],
    }


def _mean_parts(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for completion_parts in parts for name in completion_parts})
    return {name: fmean(rewards.get(name, 0.0) for rewards in parts) for name in names}


def grpo_line(record: Record) -> str:
    """Return the progress line of an update, with a warning if engine and trainer differ."""
    seconds = sum(record.get(f"seconds/{part}", 0.0) for part in ("rollout", "reward", "update"))
    known = [
        f"{name} {record[key]:{form}}"
        for name, key, form in (
            ("reward", "reward", ".3f"),
            ("kl", "kl", ".4f"),
            ("ratio", "ratio", ".4f"),
            ("clipped", "clip_fraction", ".2%"),
            ("entropy", "entropy", ".3f"),
            ("length", "length", ".1f"),
            ("grad", "grad_norm", ".3f"),
            ("mismatch", "mismatch", ".1e"),
        )
        if record.get(key) is not None
    ]
    count = f"update {record['step'] + 1}/{record['steps']}"
    differ = (record.get("mismatch") or 0.0) > _MISMATCH
    warning = ["log-probabilities of engine and trainer differ: see docs/rl.md"] * differ
    return " | ".join([count, *known, f"{seconds:.1f} s", *warning])
