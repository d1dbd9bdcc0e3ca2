"""Begin a run, or take it up where its last checkpoint left it. `start_run(job, out, world)`."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from schemas.manifest import Identity, differences
from training.checkpoint import Progress, last_checkpoint, load_state, read_progress
from training.distribute import World, distribute
from training.document_loss import DocumentLoss
from training.job import Job
from training.model import make_model
from training.settings import Optimizer
from training.varlen_attention import use_varlen_attention

# Settings that leave the weights as they are; they may change while a run is interrupted.
_FREE = {"checkpoint_steps", "keep", "peak_tflops"}
_FREE |= {"held_out", "held_out_column", "held_out_tokens", "held_out_steps"}


@dataclass(frozen=True)
class Started:
    """A model on its devices, its optimiser, and how far they are."""

    loss: DocumentLoss
    optimizer: torch.optim.Optimizer
    progress: Progress


def start_run(job: Job, out: Path, world: World) -> Started:
    """Return the run of folder `out` as its last checkpoint has it, or a new one.

    Raises ValueError if the folder is of a run with other settings, inputs or processes.
    """
    _claim(job, out, world)
    settings = job.settings
    folder = last_checkpoint(out)
    progress, source = Progress(processes=world.size), settings.model
    if folder is not None:
        progress = read_progress(Progress, folder, world.size)
        source = replace(settings.model, path=str(folder / "model"))
    attention = use_varlen_attention() if _has_varlen(job, world) else "sdpa"
    model = make_model(source, job.vocabulary, settings.batch.context, settings.run.seed, attention)
    loss = distribute(DocumentLoss(model, settings.run.keep_logits), world, settings.run)
    optimizer = _adamw(loss, settings.optimizer, world)
    if folder is not None:
        load_state(folder, world, loss, optimizer)
    return Started(loss.train(), optimizer, progress)


def _claim(job: Job, out: Path, world: World) -> None:
    """Write what the run is into its folder; if that stands there already, it must be the same."""
    settings: dict[str, Any] = asdict(job.settings)
    settings["run"] = {k: v for k, v in settings["run"].items() if k not in _FREE}
    wanted = json.loads(
        json.dumps(asdict(Identity(stage=job.stage, settings=settings, inputs=dict(job.inputs))))
    )
    path = out / "run.json"
    if path.exists():
        standing = Identity(**json.loads(path.read_text(encoding="utf-8")))
        if different := differences(standing, Identity(**wanted)):
            lines = "\n  ".join(different)
            raise ValueError(f"{out} holds another run; take another folder:\n  {lines}")
    world.wait()
    if world.is_first and not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(wanted, indent=1, ensure_ascii=False) + "\n")
        partial.replace(path)


def _has_varlen(job: Job, world: World) -> bool:
    """Say whether FlashAttention can be used: it knows 16-bit numbers only, on a GPU."""
    return world.device.type == "cuda" and (
        world.precision(job.settings.run.precision) == torch.bfloat16
    )


def _adamw(loss: DocumentLoss, settings: Optimizer, world: World) -> torch.optim.Optimizer:
    matrices = [one for one in loss.parameters() if one.dim() >= 2]
    gains = [one for one in loss.parameters() if one.dim() < 2]
    return torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": gains, "weight_decay": 0.0},
        ],
        lr=settings.peak,
        betas=(settings.beta1, settings.beta2),
        eps=settings.epsilon,
        fused=world.device.type == "cuda",
    )
