"""Begin a run, or take it up where its last checkpoint left it. `start_run(job, out, world)`."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from training.models.build import make_model
from training.models.losses import DocumentLoss
from training.models.optimizer import make_optimizer
from training.models.varlen_attention import packed_attention
from training.run.checkpoint import last_checkpoint, load_state, read_progress
from training.run.distributed import World, distribute
from training.run.folder import claim_folder
from training.settings.pretrain import Model
from training.trainer.job import Job, Loss
from training.trainer.progress import Progress


@dataclass(frozen=True)
class Started:
    """A model on its devices, its optimiser, and how far they are."""

    loss: Loss
    optimizer: torch.optim.Optimizer
    progress: Progress


def start_run(job: Job, out: Path, world: World) -> Started:
    """Return the run of folder `out` as its last checkpoint has it, or a new one.

    Raises StageRefusedError if the folder is of a run with other settings, inputs or processes.
    """
    claim_folder(out, job.identity, world)
    settings = job.settings
    folder = last_checkpoint(out)
    progress, source = Progress(processes=world.size), settings.model
    if folder is not None:
        progress = read_progress(Progress, folder, world.size)
        source = replace(settings.model, path=str(folder / "model"))
    attention = packed_attention(world, settings.run.precision)
    make_loss = job.make_loss or partial(_document_loss, job)
    loss = distribute(make_loss(source, attention), world, settings.run)
    optimizer = make_optimizer(loss, settings.optimizer, world)
    if folder is not None:
        load_state(folder, world, loss, optimizer)
    return Started(loss.train(), optimizer, progress)


def _document_loss(job: Job, source: Model, attention: str) -> DocumentLoss:
    run = job.settings.run
    context = job.settings.batch.context
    model = make_model(source, job.vocabulary, context, run.seed, attention)
    return DocumentLoss(model, run.keep_logits)
