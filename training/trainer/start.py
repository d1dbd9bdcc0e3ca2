"""Start a run, or resume it from its last checkpoint."""

import json
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from schemas.errors import StageRefusedError
from training.data.packing import Share, Shares, StreamState
from training.models.build import make_model
from training.models.losses import DocumentLoss
from training.models.optimizer import make_optimizer
from training.models.packed_attention import packed_attention
from training.run.checkpoint import last_checkpoint, load_state, read_progress
from training.run.distributed import World, distribute
from training.run.folder import open_run_folder
from training.settings.pretrain import Model
from training.trainer.job import Job, Loss


@dataclass(frozen=True, kw_only=True)
class TrainingProgress:
    """Progress of a run, as in `run.json` of its checkpoints."""

    step: int = 0  # steps done
    tokens: int = 0  # positions that were not padding
    shares: Shares = field(default_factory=dict)  # of the sources in the steps done
    stream: StreamState = field(default_factory=lambda: StreamState({}))
    digest: str = ""  # of all data so far, in order
    processes: int = 1

    @classmethod
    def from_json(cls, text: str) -> "TrainingProgress":
        values: dict[str, Any] = json.loads(text)
        shares = {name: Share(**share) for name, share in values["shares"].items()}
        stream = StreamState(**values["stream"])
        return cls(**values | {"shares": shares, "stream": stream})


@dataclass(frozen=True)
class TrainingState:
    """A loss module that holds the model, on its device; the optimizer; the run's progress."""

    loss: Loss
    optimizer: torch.optim.Optimizer
    progress: TrainingProgress


def start_run(job: Job, out: Path, world: World) -> TrainingState:
    """Return the state of the last checkpoint in the run directory `out`, or of a new run.

    Raises StageRefusedError if `out` belongs to a run with other settings, inputs or processes, or
    of an older version.
    """
    open_run_folder(out, job.identity, world)
    settings = job.settings
    folder = last_checkpoint(out)
    progress, source = TrainingProgress(processes=world.size), settings.model
    if folder is not None:
        _check_version(folder)
        progress = read_progress(TrainingProgress, folder, world.size)
        source = replace(settings.model, path=str(folder / "model"))
    attention = packed_attention(world, settings.run.precision)
    make_loss = job.make_loss or partial(_document_loss, job)
    loss = distribute(make_loss(source, attention), world, settings.run)
    optimizer = make_optimizer(loss, settings.optimizer, world)
    if folder is not None:
        load_state(folder, world, loss, optimizer)
    return TrainingState(loss.train(), optimizer, progress)


def _check_version(folder: Path) -> None:
    """Raise StageRefusedError if a checkpoint is of a version that did not shuffle blocks."""
    stream = json.loads((folder / "run.json").read_text())["stream"]
    if stream.keys() != {field.name for field in fields(StreamState)}:
        raise StageRefusedError(
            f"{folder} was written by an older version, which read the blocks in another order: "
            "finish the run with that version, or choose another --out and start from its weights "
            f"with model.path={folder / 'model'}"
        )


def _document_loss(job: Job, source: Model, attention: str) -> DocumentLoss:
    run = job.settings.run
    context = job.settings.batch.context
    model = make_model(source, job.vocabulary, context, run.seed, attention)
    return DocumentLoss(model, run.keep_logits)
