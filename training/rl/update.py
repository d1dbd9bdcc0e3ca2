"""Update the policy once, on a batch of experiences. `update_policy(...)`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor

from training.models.padding import padded
from training.models.token_logprobs import TokenLogprobs
from training.rl.forward import as_rows, run_microbatch
from training.rl.metrics import MicrobatchRecord, update_record
from training.rl.microbatches import Microbatch, pack_microbatches
from training.rl.objective import loss, objective_terms, token_weights, value_loss
from training.rl.types import Experience, Learner
from training.run.check_finite import check_finite
from training.run.distributed import World, gather
from training.settings.grpo import GrpoSettings


def update_policy(
    learner: Learner,
    batch: Sequence[Experience],
    settings: GrpoSettings,
    rate: float,
    out: Path,
    world: World,
    step: int,
) -> dict[str, Any]:
    """Take one optimizer step on a batch at learning rate `rate`, and return its log record.

    The gradient is that of the whole batch, however it is split into microbatches and processes. An
    empty batch (DPO may find no pair) changes nothing. Raises NotFiniteError if the loss or the
    gradient norm is not finite; then the weights are unchanged.
    """
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    records = [
        _accumulate(learner.policy, microbatch, is_idle, batch, settings, world)
        for microbatch, is_idle in _microbatches(batch, settings, world)
    ]
    norm = torch.nn.utils.clip_grad_norm_(learner.policy.parameters(), settings.optimizer.clip)
    gathered = gather({world.rank: records}, world)
    record = {
        "step": step,
        **update_record([part for of_process in gathered.values() for part in of_process]),
        "grad_norm": float(norm.full_tensor() if isinstance(norm, DTensor) else norm),
        "lr": rate,
    }
    suspects = [f"problem {member.problem}, sample {member.sample}" for member in batch]
    check_finite(out, record, learner.policy, lambda: suspects)
    if batch:
        learner.optimizer.step()
    learner.optimizer.zero_grad()
    return record


def _microbatches(
    batch: Sequence[Experience], settings: GrpoSettings, world: World
) -> Iterator[tuple[Microbatch, bool]]:
    """Yield the microbatches of this process and whether each is idle.

    Every process gets the same number of microbatches; where there are too few, the last one is
    repeated and idle.
    """
    if not batch:
        return
    unit = 2 if settings.objective.traits.in_pairs else 1
    completions = [experience.completion for experience in batch]
    microbatches = pack_microbatches(completions, settings.updates.tokens, unit)
    for first in range(0, len(microbatches), world.size):
        index = first + world.rank
        yield microbatches[min(index, len(microbatches) - 1)], index >= len(microbatches)


def _accumulate(
    policy: TokenLogprobs,
    microbatch: Microbatch,
    is_idle: bool,
    batch: Sequence[Experience],
    settings: GrpoSettings,
    world: World,
) -> MicrobatchRecord:
    """Add the gradient of a microbatch; an idle one adds 0, since FSDP waits for all processes."""
    members = [batch[member] for member in microbatch.members]
    lengths = [member.length for member in members]
    scores = run_microbatch(policy, microbatch, world, settings.run.precision)
    logp_BT = as_rows(scores.logp_K, lengths)
    rows = _ObjectiveInputs.of(members, logp_BT.detach(), settings.objective.traits.is_online)
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
    critic_loss: torch.Tensor | None = None
    if scores.value_K is not None:
        critic_loss = _critic_loss(scores.value_K, members, weights_BT, world.device)
        total = total + settings.objective.critic * critic_loss
    (total * (0.0 if is_idle else world.size)).backward()  # FSDP averages over processes
    if is_idle:
        return MicrobatchRecord.idle()
    entropy_BT = as_rows(scores.entropy_K, lengths)
    return MicrobatchRecord.of(
        total, critic_loss, rows.old_BT, rows.rollout_BT, entropy_BT, terms, rows.mask_BT
    )


@dataclass(frozen=True)
class _ObjectiveInputs:
    """Inputs of the objective for a microbatch: [B, T] each, one row per completion."""

    old_BT: torch.Tensor
    reference_BT: torch.Tensor | None
    rollout_BT: torch.Tensor | None  # None if they were not sampled from the policy
    advantage_BT: torch.Tensor
    mask_BT: torch.Tensor

    @classmethod
    def of(
        cls, members: Sequence[Experience], logp_BT: torch.Tensor, is_online: bool
    ) -> "_ObjectiveInputs":
        """Stack the arrays of experiences; without `old`, the policy's own `logp_BT` stands in.

        That is exact, because `old` is only None if a rollout has a single update.
        """
        device = logp_BT.device
        old = [member.old for member in members if member.old is not None]
        reference = [member.reference for member in members if member.reference is not None]
        rollout = [member.completion.logprobs for member in members]
        return cls(
            old_BT=padded(old, device) if old else logp_BT,
            reference_BT=padded(reference, device) if reference else None,
            rollout_BT=padded(rollout, device) if is_online else None,
            advantage_BT=padded([member.advantage for member in members], device),
            mask_BT=padded([[1.0] * member.length for member in members], device).bool(),
        )


def _critic_loss(
    value_K: torch.Tensor,
    members: Sequence[Experience],
    weights_BT: torch.Tensor,
    device: torch.device,
) -> torch.Tensor:
    value_BT = as_rows(value_K, [member.length for member in members])
    returned = [member.returned for member in members if member.returned is not None]
    return value_loss(value_BT, padded(returned, device), weights_BT)
