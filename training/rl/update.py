"""One update of the policy by the experiences of a batch. `take_update(...)`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor

from training.models.padding import padded
from training.models.token_logprobs import TokenLogprobs
from training.rl.forward import as_rows, run_pass
from training.rl.metrics import PassRecord, update_record
from training.rl.microbatches import Pass, lay_out
from training.rl.objective import loss, objective_terms, token_weights, value_loss
from training.rl.types import Experience, Learner
from training.run.check_finite import check_finite
from training.run.distributed import World, gather
from training.settings.grpo import GrpoSettings, is_offline


def take_update(
    learner: Learner,
    batch: Sequence[Experience],
    settings: GrpoSettings,
    rate: float,
    out: Path,
    world: World,
    step: int,
) -> dict[str, Any]:
    """Learn from a batch at a learning rate, and return the record of the update.

    The sum over passes and processes is that over the whole batch, whatever they are. A batch
    without experiences (DPO may find no pair) changes nothing. Raises FloatingPointError if loss or
    gradient are no numbers; then nothing has changed.
    """
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    records = [
        _learn_pass(learner.policy, one, is_idle, batch, settings, world)
        for one, is_idle in _passes(batch, settings, world)
    ]
    norm = torch.nn.utils.clip_grad_norm_(learner.policy.parameters(), settings.optimizer.clip)
    everything = gather({world.rank: records}, world)
    record = {
        "step": step,
        **update_record([one for some in everything.values() for one in some]),
        "grad_norm": float(norm.full_tensor() if isinstance(norm, DTensor) else norm),
        "lr": rate,
    }
    suspects = [f"problem {one.problem}, sample {one.sample}" for one in batch]
    check_finite(out, record, learner.policy, lambda: suspects)
    if batch:
        learner.optimizer.step()
    learner.optimizer.zero_grad()
    return record


def _passes(
    batch: Sequence[Experience], settings: GrpoSettings, world: World
) -> Iterator[tuple[Pass, bool]]:
    """Yield the passes of this process, as many as every other has; those too many are idle."""
    if not batch:
        return
    unit = 2 if settings.objective.method == "dpo" else 1
    passes = lay_out([one.completion for one in batch], settings.updates.tokens, unit)
    for first in range(0, len(passes), world.size):
        mine = first + world.rank
        yield passes[min(mine, len(passes) - 1)], mine >= len(passes)


def _learn_pass(
    policy: TokenLogprobs,
    one: Pass,
    is_idle: bool,
    batch: Sequence[Experience],
    settings: GrpoSettings,
    world: World,
) -> PassRecord:
    """Add the gradient of a pass; one that is idle adds 0, for FSDP waits for every process."""
    members = [batch[member] for member in one.members]
    lengths = [member.length for member in members]
    measured = run_pass(policy, one, world, settings.run.precision)
    logp_BT = as_rows(measured.logp_K, lengths)
    rows = _Rows.of(members, logp_BT.detach(), settings)
    terms = objective_terms(
        logp_BT,
        rows.old_BT,
        rows.reference_BT,
        rows.rollout_BT,
        rows.advantage_BT,
        rows.mask_BT,
        settings.objective,
    )
    weights_BT = token_weights(
        rows.mask_BT,
        settings.objective.average,
        outputs=len(batch),
        tokens=sum(member.length for member in batch),
        max_new_tokens=settings.rollout.max_new_tokens,
    )
    total = loss(logp_BT, terms, weights_BT)
    values: torch.Tensor | None = None
    if measured.value_K is not None:
        values = _critic(measured.value_K, members, weights_BT, world)
        total = total + settings.objective.critic * values
    (total * (0.0 if is_idle else world.size)).backward()  # FSDP takes the mean over processes
    if is_idle:
        return PassRecord.nothing()
    entropy_BT = as_rows(measured.entropy_K, lengths)
    return PassRecord.of(
        total, values, rows.old_BT, rows.rollout_BT, entropy_BT, terms, rows.mask_BT
    )


@dataclass(frozen=True)
class _Rows:
    """What is known of the outputs of a pass: [B, T] each, a row an output."""

    old_BT: torch.Tensor
    reference_BT: torch.Tensor | None
    rollout_BT: torch.Tensor | None  # None where another policy, or nobody, sampled them
    advantage_BT: torch.Tensor
    mask_BT: torch.Tensor

    @classmethod
    def of(
        cls, members: Sequence[Experience], logp_BT: torch.Tensor, settings: GrpoSettings
    ) -> "_Rows":
        """Stack them; `logp_BT` is the policy's own, which is the old one before an only update."""
        device = logp_BT.device
        old = [one.old for one in members if one.old is not None]
        reference = [one.reference for one in members if one.reference is not None]
        rollout = [one.completion.logprobs for one in members]
        return cls(
            old_BT=padded(old, device) if old else logp_BT,
            reference_BT=padded(reference, device) if reference else None,
            rollout_BT=None if is_offline(settings) else padded(rollout, device),
            advantage_BT=padded([one.advantage for one in members], device),
            mask_BT=padded([[1.0] * one.length for one in members], device).bool(),
        )


def _critic(
    value_K: torch.Tensor, members: Sequence[Experience], weights_BT: torch.Tensor, world: World
) -> torch.Tensor:
    value_BT = as_rows(value_K, [member.length for member in members])
    returned = [member.returned for member in members if member.returned is not None]
    return value_loss(value_BT, padded(returned, world.device), weights_BT)
