"""Save and load checkpoints, atomically: written under another name, synced, then renamed.

    step-00000500/model/      config.json, model.safetensors, tokenizer.json: for `from_pretrained`
    step-00000500/critic/     the same for every other trained model, by its name
    step-00000500/state.pt    optimizer moments by parameter name, RNG states of all processes
    step-00000500/run.json    step, position in the data, digest of the data, number of processes

The saved weights are the float32 weights of the optimizer, so a resumed run is bit-identical.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

import torch
import torch.distributed as dist

from schemas.errors import StageRefusedError
from training.run.distributed import World, models_of, shard_like, unsharded

_PARTIAL = ".partial"


class Resumable(Protocol):
    """Progress of a run, a dataclass: the steps done, and the number of processes."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def step(self) -> int: ...
    @property
    def processes(self) -> int: ...
    @classmethod
    def from_json(cls, text: str) -> Self: ...


class Saveable(Protocol):
    """A vocabulary, which can write itself next to the weights of a model."""

    def save(self, folder: Path) -> None: ...


_Resumable = TypeVar("_Resumable", bound=Resumable)


def last_checkpoint(out: Path) -> Path | None:
    """Return the folder of the last complete checkpoint of a run; None if there is none."""
    steps = [path for path in (out / "checkpoints").glob("step-*") if path.suffix != _PARTIAL]
    return max(steps, default=None)


def save_checkpoint(
    out: Path,
    world: World,
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    vocabulary: Saveable,
    progress: Resumable,
    keep: int,
    write_more: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write a checkpoint, remove all but the last `keep`, and return its folder.

    Every process must call it. The first process gathers the whole state in memory, 12 bytes per
    parameter. `write_more` may add files: it is called with the folder before it is published.
    """
    weights = {
        name: {key: unsharded(weight) for key, weight in model.state_dict().items()}
        for name, model in models_of(module).items()
    }
    state = {"optimizer": _moments(module, optimizer), "random": _rng_states(world)}
    folder = out / "checkpoints" / f"step-{progress.step:08d}"
    if world.is_first and not folder.exists():
        partial = folder.with_suffix(_PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, model in models_of(module).items():
            model.save_pretrained(partial / name, state_dict=weights[name])
            vocabulary.save(partial / name)
        torch.save(state, partial / "state.pt")
        (partial / "run.json").write_text(json.dumps(asdict(progress), indent=1) + "\n")
        write_more(partial)
        publish(partial, folder)
        _remove_all_but(keep, out / "checkpoints")
    world.wait()
    return folder


def read_progress(kind: type[_Resumable], folder: Path, processes: int) -> _Resumable:
    """Read the progress of a checkpoint.

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
    """Restore optimizer moments and RNG state; the weights were loaded with the models."""
    state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True, mmap=True)
    names = {parameter: name for name, parameter in module.named_parameters()}
    for group in optimizer.param_groups:
        counter = world.device if group.get("fused") else torch.device("cpu")
        for parameter in group["params"]:
            moments = state["optimizer"][names[parameter]]
            optimizer.state[parameter] = {
                key: shard_like(parameter, full) if full.dim() else full.clone().to(counter)
                for key, full in moments.items()
            }
    rng = state["random"][world.rank]
    torch.set_rng_state(rng["cpu"])
    if world.device.type == "cuda":
        torch.cuda.set_rng_state(rng["device"], world.device)


def publish(partial: Path, final: Path) -> None:
    """Sync a folder and all its files to disk, then rename it to `final`."""
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
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_all_but(keep: int, folder: Path) -> None:
    steps = sorted(path for path in folder.glob("step-*") if path.suffix != _PARTIAL)
    for old in steps[:-keep]:  # rename first: a kill must not leave a partial one under its name
        os.replace(old, old.with_suffix(_PARTIAL))
    for partial in folder.glob(f"*{_PARTIAL}"):
        shutil.rmtree(partial)


def _moments(
    module: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Mapping[str, torch.Tensor]]:
    names: dict[torch.Tensor, str] = {
        parameter: name for name, parameter in module.named_parameters()
    }
    return {
        names[parameter]: {key: unsharded(value) for key, value in moments.items()}
        for parameter, moments in optimizer.state.items()
    }


def _rng_states(world: World) -> list[dict[str, torch.Tensor]]:
    mine = {"cpu": torch.get_rng_state()}
    if world.device.type == "cuda":
        mine["device"] = torch.cuda.get_rng_state(world.device)
    if world.size == 1:
        return [mine]
    states: list[Any] = [None] * world.size
    dist.all_gather_object(states, mine)
    return states
