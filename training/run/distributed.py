"""One process or many, one device each: `start_world()`, and `distribute(...)` for the model."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers import PreTrainedModel

from training.settings.pretrain import Execution

_Module = TypeVar("_Module", bound=torch.nn.Module)


@dataclass(frozen=True)
class World:
    """This process among those of the run."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def precision(self, told: str) -> torch.dtype:
        """Return the type of matrix products."""
        automatic = "bf16" if self.device.type == "cuda" else "fp32"
        name = automatic if told == "auto" else told
        return torch.bfloat16 if name == "bf16" else torch.float32

    def arithmetic(self, told: str) -> AbstractContextManager[object]:
        """Return the context of a forward pass: autocast, where FSDP doesn't choose the type."""
        if self.size > 1 or self.precision(told) == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def sum(self, value: torch.Tensor) -> float:
        """Return the sum of a scalar over all processes."""
        total = value.detach().clone().double() if self.device.type == "cpu" else value.detach()
        if self.size > 1:
            dist.all_reduce(total)
        return float(total)

    def wait(self) -> None:
        """Return once every process is here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def start_world() -> Iterator[World]:
    """Within the context, this process is one of those that `torchrun` started, or the only one."""
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if size == 1:
        yield World(0, 1, device)
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield World(rank, size, device)
    finally:
        dist.destroy_process_group()


def distribute(module: _Module, world: World, run: Execution) -> _Module:
    """Move a module to its device, recompute and compile its models' layers, and shard it (FSDP2).

    The models are those of `models_of(module)`; what calls them is the module's own `forward`.
    """
    module.to(world.device)
    models = models_of(module).values()
    layers: list[torch.nn.Module] = []
    for model in models:
        base: Any = model.base_model
        layers += base.layers
    if run.recompute:
        for model in models:
            _recompute_layers(model)
    if run.compile:
        for layer in layers:
            layer.compile()
    if world.size > 1:
        mesh = init_device_mesh(world.device.type, (world.size,))
        dtype = world.precision(run.precision)
        policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
        for layer in layers:
            fully_shard(layer, mesh=mesh, mp_policy=policy)
        fully_shard(module, mesh=mesh, mp_policy=policy)
    return module


def models_of(module: torch.nn.Module) -> dict[str, PreTrainedModel]:
    """Return the models right inside of a module, by the names of its attributes."""
    children = module.named_children()
    return {name: one for name, one in children if isinstance(one, PreTrainedModel)}


def _recompute_layers(model: PreTrainedModel) -> None:
    """Keep only what enters a layer; transformers renamed the switch between 5.0 and 6."""
    name = "activation_checkpointing_enable"
    enable = getattr(model, name, None) or model.gradient_checkpointing_enable
    enable({"use_reentrant": False})


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor on the CPU with the parts of all processes; every process must call it."""
    full = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
    return full.detach().cpu()


def part_like(tensor: torch.Tensor, full: torch.Tensor) -> torch.Tensor:
    """Return the part of `full` that this process holds of `tensor`, in the same form."""
    if not isinstance(tensor, DTensor):
        return full.to(tensor.device)
    on_device = full.to(tensor.device)
    return distribute_tensor(on_device, tensor.device_mesh, tensor.placements)


_Found = TypeVar("_Found")


def gather(mine: dict[int, _Found], world: World) -> dict[int, _Found]:
    """Return the entries of all processes, in the order of their keys; equal keys, equal entries.

    Every process must call it. Only processes of the same run talk to each other here.
    """
    parts: list[dict[int, _Found] | None] = [mine]
    if world.size > 1:
        parts = [None] * world.size
        dist.all_gather_object(parts, mine)
    everything = {key: one for part in parts if part for key, one in part.items()}
    return {key: everything[key] for key in sorted(everything)}
