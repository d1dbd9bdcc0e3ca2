"""Run the training loop, from the last checkpoint to the last step. `train(...)`."""

import sys
from pathlib import Path

from schemas.errors import InputError
from training.data.batches import batches
from training.data.packing import pack
from training.models.losses import DocumentLoss
from training.run.checkpoint import save_checkpoint
from training.run.distributed import World
from training.run.folder import publish_model
from training.run.metrics import open_log, read_log
from training.run.stop import defer_signals, received_signal, stop_error
from training.settings.pretrain import Batch
from training.trainer.announce import announce_run
from training.trainer.bits_per_byte import HeldOut, bits_per_byte, read_held_out, untrained_warning
from training.trainer.job import Job
from training.trainer.start import TrainingProgress, TrainingState, start_run
from training.trainer.step import SHOWN, step_line, train_step


def train(job: Job, out: Path, world: World) -> Path:
    """Run the remaining steps, and return the folder of the final model, `out/model`.

    Raises StageRefusedError if `out` belongs to another run, NotFiniteError if a loss or gradient
    is NaN or infinite, InputError if the batch cannot be divided over the processes, and
    StoppedError if a signal stops the run before its last step.
    """
    batch, run = job.settings.batch, job.settings.run
    count = _blocks_per_batch(batch, world)
    state = start_run(job, out, world)
    progress = state.progress
    held_out = _held_out(job)
    announce_run(job, state, world)
    blocks = pack(job.draw, batch, progress.stream)
    with (
        batches(blocks, count, progress.digest) as stream,
        open_log(out, progress.step, world.is_first, step_line) as log,
        defer_signals(world),
    ):
        for step in range(progress.step, job.steps):
            progress, record = train_step(job, out, world, state, stream, progress)
            if (
                isinstance(state.loss, DocumentLoss)
                and held_out
                and (step == 0 or _is_due(step, run.held_out_steps, job.steps))
            ):
                record |= {
                    "held_out_bits_per_byte": bits_per_byte(
                        state.loss, held_out, world, batch.blocks, run.precision
                    ),
                    "held_out_byte_entropy": held_out.byte_entropy,
                }
            log(record)
            signal = received_signal(world)
            if signal or _is_due(step, run.checkpoint_steps, job.steps):
                _save(job, out, world, state, progress)
            if signal and step + 1 < job.steps:
                raise stop_error(signal, f"after step {step + 1}")
    if world.is_first:
        _warn_if_untrained(out)
    return publish_model(out, SHOWN, world)


def _warn_if_untrained(out: Path) -> None:
    for record in read_log(out)[-1:]:
        if "held_out_bits_per_byte" in record:
            values = record["held_out_bits_per_byte"], record["held_out_byte_entropy"]
            if warning := untrained_warning(*values):
                print(warning, file=sys.stderr)


def _blocks_per_batch(batch: Batch, world: World) -> int:
    count, parallel_blocks = batch.tokens // batch.context, batch.blocks * world.size
    if count % parallel_blocks:
        raise InputError(
            f"a batch of {count} blocks is not a multiple of {parallel_blocks}, the blocks of one "
            f"microbatch on each of {world.size} processes: change batch.tokens or batch.blocks"
        )
    return count


def _held_out(job: Job) -> HeldOut | None:
    run = job.settings.run
    if run.held_out is None:
        return None
    return read_held_out(
        run.held_out,
        run.held_out_column,
        job.vocabulary,
        job.settings.batch.context,
        run.held_out_tokens,
    )


def _is_due(step: int, every: int, steps: int) -> bool:
    return (step + 1) % every == 0 or step + 1 == steps


def _save(
    job: Job, out: Path, world: World, state: TrainingState, progress: TrainingProgress
) -> None:
    save_checkpoint(
        out,
        world,
        state.loss,
        state.optimizer,
        job.vocabulary,
        progress,
        job.settings.run.keep,
    )
