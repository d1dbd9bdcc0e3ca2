"""Steps of a run, from its last checkpoint to the end. `train(job, out, world)`."""

from pathlib import Path

from schemas.errors import InputError
from training.data.batches import batches
from training.data.packing import pack
from training.models.losses import DocumentLoss
from training.run.checkpoint import save_checkpoint
from training.run.distributed import World
from training.run.finish import finish_run
from training.run.metrics import open_log
from training.trainer.bits_per_byte import HeldOut, bits_per_byte, read_held_out
from training.trainer.job import Job
from training.trainer.progress import Progress
from training.trainer.start import Started, start_run
from training.trainer.step import SHOWN, step_line, take_step


def train(job: Job, out: Path, world: World) -> Path:
    """Take the steps that are left, and return the folder of the model, `out/model`.

    Raises StageRefusedError if `out` holds another run, and NotFiniteError if a loss or gradient is
    NaN or infinite.
    """
    count = _blocks_of_batch(job, world)
    started = start_run(job, out, world)
    progress, batch, run = started.progress, job.settings.batch, job.settings.run
    blocks = pack(job.draw, batch.packing, batch.context, batch.window, progress.stream)
    with (
        batches(blocks, count, progress.digest) as stream,
        open_log(out, progress.step, world.is_first, step_line) as log,
    ):
        held_out = _held_out(job)
        for step in range(progress.step, job.steps):
            progress, record = take_step(job, out, world, started, stream, progress)
            if (
                isinstance(started.loss, DocumentLoss)
                and held_out
                and (step == 0 or _is_due(step, run.held_out_steps, job.steps))
            ):
                record["held_out_bits_per_byte"] = bits_per_byte(
                    started.loss, held_out, world, batch.blocks, run.precision
                )
            log(record)
            if _is_due(step, run.checkpoint_steps, job.steps):
                _save(job, out, world, started, progress)
    return finish_run(out, SHOWN, world)


def _blocks_of_batch(job: Job, world: World) -> int:
    batch = job.settings.batch
    count, together = batch.tokens // batch.context, batch.blocks * world.size
    if count % together:
        raise InputError(
            f"a batch of {count} blocks is not divided by {together}, the blocks of one pass of "
            f"{world.size} processes: change batch.tokens, batch.blocks or the processes"
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


def _save(job: Job, out: Path, world: World, started: Started, progress: Progress) -> None:
    save_checkpoint(
        out,
        world,
        started.loss,
        started.optimizer,
        job.vocabulary,
        progress,
        job.settings.run.keep,
    )
