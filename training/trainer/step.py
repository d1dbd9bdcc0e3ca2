"""One step of a run. `take_step(...)`.

A step adds up gradients over a batch that is the same whatever the number of processes, and divides
by its number of labels, so that a token counts the same wherever it lies.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor

from training.data.batches import Batch
from training.run.check_finite import check_finite
from training.run.distributed import World
from training.run.hardware import memory_in_use, peak_flops, training_flops
from training.run.metrics import Record
from training.trainer.job import Job
from training.trainer.progress import Progress
from training.trainer.start import Started
from training.trainer.to_device import to_device


def take_step(
    job: Job,
    out: Path,
    world: World,
    started: Started,
    stream: Iterator[Batch],
    progress: Progress,
) -> tuple[Progress, dict[str, Any]]:
    """Take the next step; return how far the run is then, and what was measured.

    Raises NotFiniteError if loss or gradient are not finite; then nothing has changed.
    """
    step, began = progress.step, time.perf_counter()
    batch = next(stream)
    waited = time.perf_counter() - began
    for group in started.optimizer.param_groups:
        group["lr"] = job.rate(step)
    nats = _backward(job, world, started, batch)
    norm = torch.nn.utils.clip_grad_norm_(started.loss.parameters(), job.settings.optimizer.clip)
    record = {
        "step": step,
        "steps": job.steps,
        "loss": world.sum(torch.stack(nats).sum()) / batch.targets,
        "grad_norm": float(norm.full_tensor() if isinstance(norm, DTensor) else norm),
        "lr": job.rate(step),
    }
    check_finite(out, record, started.loss.model, lambda: _suspects(job, world, batch, nats))
    started.optimizer.step()
    started.optimizer.zero_grad()
    after = Progress(
        step=step + 1,
        tokens=progress.tokens + batch.used,
        stream=batch.following,
        digest=batch.digest,
        processes=world.size,
    )
    return after, record | _speed(job, world, started, batch, began, waited) | _totals(after)


def _backward(job: Job, world: World, started: Started, batch: Batch) -> list[torch.Tensor]:
    """Add up the gradients of this process's blocks; return the nats of each pass."""
    nats = []
    for rows in _passes(job, world, batch):
        arrays = (one[rows] for one in (batch.tokens_NT, batch.labels_NT, batch.positions_NT))
        inputs = to_device(arrays, started.loss.model, world.device)
        with world.arithmetic(job.settings.run.precision):
            loss = started.loss(*inputs)
        (loss * (world.size / batch.targets)).backward()  # FSDP takes the mean over processes
        nats.append(loss.detach())
    return nats


def _passes(job: Job, world: World, batch: Batch) -> Iterator[slice]:
    blocks = job.settings.batch.blocks
    for first in range(world.rank * blocks, len(batch.tokens_NT), world.size * blocks):
        yield slice(first, first + blocks)


def _suspects(job: Job, world: World, batch: Batch, nats: list[torch.Tensor]) -> list[str]:
    """Return the documents of passes whose loss is not finite; of all, if every loss is."""
    passes = list(_passes(job, world, batch))
    bad = [rows for rows, one in zip(passes, nats, strict=True) if not torch.isfinite(one)]
    return [name for rows in bad or passes for block in batch.origins[rows] for name in block]


def _speed(
    job: Job, world: World, started: Started, batch: Batch, began: float, waited: float
) -> dict[str, Any]:
    run = job.settings.run
    seconds = time.perf_counter() - began
    pairs = int((batch.positions_NT.astype("int64") + 1)[batch.positions_NT > 0].sum())
    flops = training_flops(started.loss.model, batch.used, pairs)
    peak = peak_flops(world.device, world.precision(run.precision), run.peak_tflops)
    return {
        "seconds": seconds,
        "tokens_per_second": batch.used / seconds,
        "mfu": flops / seconds / (peak * world.size) if peak else None,
        "data_wait": waited / seconds,
        "packing": batch.used / batch.tokens_NT.size,
        "memory_gb": memory_in_use(world) / 1e9,
    }


def _totals(progress: Progress) -> dict[str, Any]:
    epochs = {f"epoch/{name}": at[0] for name, at in progress.stream.progress.items()}
    return {"tokens": progress.tokens, **epochs, "data_digest": progress.digest}


SHOWN = (  # in the table at the end
    *("loss", "grad_norm", "tokens_per_second", "mfu", "data_wait", "memory_gb"),
    "held_out_bits_per_byte",
)


def step_line(record: Record) -> str:
    """Return the line that says how far a run is."""
    mfu = "" if record.get("mfu") is None else f" | MFU {record['mfu']:.1%}"
    held_out = record.get("held_out_bits_per_byte")
    return (
        f"step {record['step'] + 1}/{record['steps']} | loss {record['loss']:.4f} | "
        f"lr {record['lr']:.2e} | grad {record['grad_norm']:.2f} | "
        f"{record['tokens_per_second']:,.0f} tokens/s{mfu} | wait {record['data_wait']:.1%}"
        + ("" if held_out is None else f" | held out {held_out:.4f} bits/byte")
    )
