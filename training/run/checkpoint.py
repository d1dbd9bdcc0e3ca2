"""Checkpoints that are there whole or not at all. `save_checkpoint(...)`, `last_checkpoint(...)`.

    step-00000500/model/      config.json, model.safetensors, tokenizer.json: for `from_pretrained`
    step-00000500/critic/     the same of every other model that is trained, by its name
    step-00000500/state.pt    moments of the optimiser by parameter name, random generators
    step-00000500/run.json    step, position in the data, digest of the data, number of processes

A folder is written under another name, brought to the disk, and renamed. The weights are those of
the optimiser, in float32, so that a run goes on with the very bits it had.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import torch
import torch.distributed as dist

from schemas.errors import StageRefusedError
from training.run.distributed import World, models_of, part_like, whole

_PARTIAL = ".partial"


class Standing(Protocol):
    """How far a run is, as a dataclass: steps that were taken, and by how many processes."""

    @property
    def step(self) -> int: ...
    @property
    def processes(self) -> int: ...
    @classmethod
    def from_json(cls, text: str) -> Self: ...


class Saveable(Protocol):
    """What writes itself into a folder: a vocabulary beside the weights of a model."""

    def save(self, folder: Path) -> None: ...


_Standing = TypeVar("_Standing", bound=Standing)


def last_checkpoint(out: Path) -> Path | None:
    """Return the folder of the last whole checkpoint of a run; None if there is none."""
    steps = [path for path in (out / "checkpoints").glob("step-*") if path.suffix != _PARTIAL]
    return max(steps, default=None)


def save_checkpoint(
    out: Path,
    world: World,
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    vocabulary: Saveable,
    progress: Standing,
    keep: int,
    write_more: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write a checkpoint, remove all but the last `keep`, and return its folder.

    Every process must call it. The first gathers everything in its memory, 12 bytes a parameter.
    What `write_more` writes into the folder it is given is a part of the checkpoint.
    """
    weights = {
        name: {key: whole(one) for key, one in model.state_dict().items()}
        for name, model in models_of(module).items()
    }
    state = {"optimizer": _moments(module, optimizer), "random": _random_states(world)}
    folder = out / "checkpoints" / f"step-{progress.step:08d}"
    if world.is_first and not folder.exists():
        partial = folder.with_suffix(_PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, model in models_of(module).items():
            model.save_pretrained(partial / name, state_dict=weights[name])
            vocabulary.save(partial / name)
        torch.save(state, partial / "state.pt")
        (partial / "run.json").write_text(json.dumps(_fields(progress), indent=1) + "\n")
        write_more(partial)
        publish(partial, folder)
        _remove_all_but(keep, out / "checkpoints")
    world.wait()
    return folder


def read_progress(kind: type[_Standing], folder: Path, processes: int) -> _Standing:
    """Return how far a checkpoint is.

    Raises StageRefusedError if it was written by another number of processes: they round sums
    differently, so the run would not continue as the same run.
    """
    progress = kind.from_json((folder / "run.json").read_text())
    if progress.processes != processes:
        raise StageRefusedError(
            f"{folder} was written by {progress.processes} processes, this run has {processes}, "
            "which would round sums differently. Start as many "
            f"(torchrun --nproc-per-node), or start a new run with model.path={folder / 'model'}"
        )
    return progress


def load_state(
    folder: Path, world: World, module: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Put back moments and random generators; the weights were read with the models."""
    state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True, mmap=True)
    names = {parameter: name for name, parameter in module.named_parameters()}
    for group in optimizer.param_groups:
        counter = world.device if group.get("fused") else torch.device("cpu")
        for parameter in group["params"]:
            moments = state["optimizer"][names[parameter]]
            optimizer.state[parameter] = {
                key: part_like(parameter, full) if full.dim() else full.clone().to(counter)
                for key, full in moments.items()
            }
    random = state["random"][world.rank]
    torch.set_rng_state(random["cpu"])
    if world.device.type == "cuda":
        torch.cuda.set_rng_state(random["device"], world.device)


def publish(partial: Path, final: Path) -> None:
    """Bring a folder to the disk, then give it its name."""
    folders = {partial, partial.parent}
    for path in partial.rglob("*"):
        if path.is_dir():
            folders.add(path)
            continue
        _sync(path)
    for folder in folders:
        _sync(folder)
    os.replace(partial, final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _remove_all_but(keep: int, folder: Path) -> None:
    steps = sorted(path for path in folder.glob("step-*") if path.suffix != _PARTIAL)
    for old in steps[:-keep]:
        os.replace(old, old.with_suffix(_PARTIAL))  # never half a checkpoint under its own name
    for partial in folder.glob(f"*{_PARTIAL}"):
        shutil.rmtree(partial)


def _fields(progress: Any) -> dict[str, Any]:
    return asdict(progress)


def _moments(
    module: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Mapping[str, torch.Tensor]]:
    names: dict[torch.Tensor, str] = {
        parameter: name for name, parameter in module.named_parameters()
    }
    return {
        names[parameter]: {key: whole(value) for key, value in moments.items()}
        for parameter, moments in optimizer.state.items()
    }


def _random_states(world: World) -> list[dict[str, torch.Tensor]]:
    mine = {"cpu": torch.get_rng_state()}
    if world.device.type == "cuda":
        mine["device"] = torch.cuda.get_rng_state(world.device)
    if world.size == 1:
        return [mine]
    states: list[Any] = [None] * world.size
    dist.all_gather_object(states, mine)
    return states
