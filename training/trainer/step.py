"""Take one optimizer step. `train_step(...)`.

Gradients are accumulated over a batch that does not depend on the number of processes, and divided
by its number of labels, so that every token has the same weight.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from training.data.batches import TokenBatch
from training.data.packing import sum_shares
from training.models.packed_attention import to_device
from training.run.check_finite import check_finite
from training.run.distributed import World
from training.run.hardware import memory_in_use, peak_flops, training_flops
from training.run.metrics import Record
from training.settings.pretrain import Precision, Run
from training.trainer.job import Job, Loss
from training.trainer.start import TrainingProgress, TrainingState


def train_step(
    job: Job,
    out: Path,
    world: World,
    state: TrainingState,
    stream: Iterator[TokenBatch],
    progress: TrainingProgress,
) -> tuple[TrainingProgress, dict[str, Any]]:
    """Train on the next batch of `stream`; return the new progress and the step's record.

    Raises NotFiniteError if the loss or gradient is NaN or infinite, with the weights unchanged.
    """
    step, began = progress.step, time.perf_counter()
    batch = next(stream)
    waited = time.perf_counter() - began
    for group in state.optimizer.param_groups:
        group["lr"] = job.rate(step)
    microbatches = list(_microbatches(len(batch.tokens_NT), job.settings.batch.blocks, world))
    nats = _accumulate(state.loss, batch, microbatches, job.settings.run.precision, world)
    norm = torch.nn.utils.clip_grad_norm_(state.loss.parameters(), job.settings.optimizer.clip)
    record = {
        "step": step,
        "steps": job.steps,
        "loss": world.sum(torch.stack(nats).sum()) / batch.targets,
        "grad_norm": float(norm.full_tensor() if isinstance(norm, DTensor) else norm),
        "lr": job.rate(step),
        "documents": batch.documents,
    }
    check_finite(out, record, state.loss.model, lambda: _suspects(batch, microbatches, nats))
    state.optimizer.step()
    state.optimizer.zero_grad()
    after = TrainingProgress(
        step=step + 1,
        tokens=progress.tokens + batch.used,
        shares=sum_shares([progress.shares, batch.shares]),
        stream=batch.following,
        digest=batch.digest,
        processes=world.size,
    )
    speed = _speed(job.settings.run, state.loss.model, batch, world, began, waited)
    return after, record | speed | _totals(after)


def _microbatches(count: int, blocks: int, world: World) -> Iterator[slice]:
    """Yield the rows of this process's microbatches, of `count` in a batch; processes alternate."""
    for first in range(world.rank * blocks, count, world.size * blocks):
        yield slice(first, first + blocks)


def _accumulate(
    module: Loss, batch: TokenBatch, microbatches: list[slice], precision: Precision, world: World
) -> list[torch.Tensor]:
    """Accumulate the gradients of this process's blocks; return the nats of each microbatch."""
    nats = []
    for rows in microbatches:
        arrays = (array[rows] for array in (batch.tokens_NT, batch.labels_NT, batch.positions_NT))
        inputs = to_device(arrays, module.model, world.device)
        with world.autocast(precision):
            loss = module(*inputs)
        (loss * (world.size / batch.targets)).backward()  # FSDP averages over processes
        nats.append(loss.detach())
    return nats


def _suspects(batch: TokenBatch, microbatches: list[slice], nats: list[torch.Tensor]) -> list[str]:
    """Return the documents of microbatches whose loss is not finite; of all, if every loss is."""
    bad = [rows for rows, loss in zip(microbatches, nats, strict=True) if not torch.isfinite(loss)]
    return [name for rows in bad or microbatches for block in batch.origins[rows] for name in block]


def _speed(
    run: Run,
    model: PreTrainedModel,
    batch: TokenBatch,
    world: World,
    began: float,
    waited: float,
) -> dict[str, Any]:
    seconds = time.perf_counter() - began
    pairs = int(batch.positions_NT.sum(dtype="int64")) + batch.used  # padding has position 0
    flops = training_flops(model, batch.used, pairs)
    peak = peak_flops(world.device, world.matmul_dtype(run.precision), run.peak_tflops)
    return {
        "seconds": seconds,
        "tokens_per_second": batch.used / seconds,
        "mfu": flops / seconds / (peak * world.size) if peak else None,
        "data_wait": waited / seconds,
        "packing": batch.used / batch.tokens_NT.size,
        "memory_gb": memory_in_use(world) / 1e9,
    }


def _totals(progress: TrainingProgress) -> dict[str, Any]:
    tokens = {f"tokens/{name}": share.tokens for name, share in progress.shares.items()}
    epochs = {f"epoch/{name}": share.epochs for name, share in progress.shares.items()}
    return {"tokens": progress.tokens, **tokens, **epochs, "data_digest": progress.digest}


SHOWN = (  # metrics of the summary at the end
    *("loss", "grad_norm", "documents", "tokens_per_second", "mfu", "data_wait", "memory_gb"),
    *("held_out_bits_per_byte", "held_out_byte_entropy"),
)


def step_line(record: Record) -> str:
    """Return the progress line of a step."""
    mfu = "" if record.get("mfu") is None else f" | MFU {record['mfu']:.1%}"
    epochs = [(name[6:], value) for name, value in record.items() if name.startswith("epoch/")]
    return (
        f"step {record['step'] + 1}/{record['steps']} | loss {record['loss']:.4f} | "
        f"lr {record['lr']:.2e} | grad {record['grad_norm']:.2f} | "
        f"{record['tokens_per_second']:,.0f} tokens/s{mfu} | wait {record['data_wait']:.1%} | "
        f"documents {record['documents']}"
        + "".join(f" | epoch {name} {value:.2f}" for name, value in epochs)
        + _held_out(record)
    )


def _held_out(record: Record) -> str:
    if "held_out_bits_per_byte" not in record:
        return ""
    loss, entropy = record["held_out_bits_per_byte"], record["held_out_byte_entropy"]
    return f" | held out {loss:.4f} bits/byte (byte entropy {entropy:.4f})"
