"""Run on processes with one device each, and shard models over them with FSDP2."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers import PreTrainedModel

from training.settings.pretrain import Execution, Precision

_Module = TypeVar("_Module", bound=torch.nn.Module)


@dataclass(frozen=True)
class World:
    """The rank of this process, the number of processes, and this process's device."""

    rank: int
    size: int
    device: torch.device
    signals: list[int] = field(default_factory=list, compare=False)  # received, see stop.py

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def matmul_dtype(self, precision: Precision) -> torch.dtype:
        """Return the dtype of matrix products; "auto" is bf16 on a GPU, fp32 on a CPU."""
        if precision == "auto":
            precision = "bf16" if self.device.type == "cuda" else "fp32"
        return torch.bfloat16 if precision == "bf16" else torch.float32

    def autocast(self, precision: Precision) -> AbstractContextManager[object]:
        """Return the context of a forward pass: autocast, unless FSDP casts the weights."""
        if self.size > 1 or self.matmul_dtype(precision) == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def sum(self, value: torch.Tensor) -> float:
        """Return the sum of a scalar over all processes, in float64 on a CPU."""
        total = value.detach().clone().double() if self.device.type == "cpu" else value.detach()
        if self.size > 1:
            dist.all_reduce(total)
        return float(total)

    def largest(self, value: int) -> int:
        """Return the largest of the values of all processes."""
        if self.size == 1:
            return value
        result = torch.tensor(value, device=self.device)
        dist.all_reduce(result, dist.ReduceOp.MAX)
        return int(result)

    def wait(self) -> None:
        """Wait until every process has called this."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def start_world() -> Iterator[World]:
    """Yield the `World` of this process: as `torchrun` set it up, or of a single process."""
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
    """Move a module to its device and prepare the layers of its models; return the module.

    Layers are checkpointed and compiled as `run` says, and sharded with FSDP2 if there is more than
    one process. The models are those of `models_of(module)`; its own `forward` calls them.
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
        dtype = world.matmul_dtype(run.precision)
        policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
        for layer in layers:
            fully_shard(layer, mesh=mesh, mp_policy=policy)
        fully_shard(module, mesh=mesh, mp_policy=policy)
    return module


def models_of(module: torch.nn.Module) -> dict[str, PreTrainedModel]:
    """Return the direct children of a module that are transformers models, by attribute name."""
    children = module.named_children()
    return {name: child for name, child in children if isinstance(child, PreTrainedModel)}


def _recompute_layers(model: PreTrainedModel) -> None:
    """Turn on activation checkpointing; transformers renamed the method between 5.0 and 6."""
    name = "activation_checkpointing_enable"
    enable = getattr(model, name, None) or model.gradient_checkpointing_enable
    enable({"use_reentrant": False})


def unsharded(tensor: torch.Tensor) -> torch.Tensor:
    """Return the full tensor, gathered from all shards, on the CPU; every process must call it."""
    full = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
    return full.detach().cpu()


def shard_like(tensor: torch.Tensor, full: torch.Tensor) -> torch.Tensor:
    """Return `full` sharded and placed like `tensor`; only this process's shard of it is kept."""
    if not isinstance(tensor, DTensor):
        return full.to(tensor.device)
    on_device = full.to(tensor.device)
    return distribute_tensor(on_device, tensor.device_mesh, tensor.placements)


_Entry = TypeVar("_Entry")


def gather(mine: dict[int, _Entry], world: World) -> dict[int, _Entry]:
    """Return the entries of all processes, sorted by key; entries of equal keys must be equal.

    Every process must call it. Entries are pickled, which is safe only between the processes of
    one run.
    """
    parts: list[dict[int, _Entry] | None] = [mine]
    if world.size > 1:
        parts = [None] * world.size
        dist.all_gather_object(parts, mine)
    entries = {key: entry for part in parts if part for key, entry in part.items()}
    return dict(sorted(entries.items()))
