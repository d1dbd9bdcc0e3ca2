"""Announce what a run is about to do: device, model, amount of training, data."""

import os
import sys
from collections.abc import Iterable

import torch

from training.run.distributed import World
from training.settings.pretrain import Precision


def announce(world: World, *rows: tuple[str, str]) -> None:
    """Print aligned lines of a name and a text on standard error, in the first process only."""
    if world.is_first:
        width = max(len(name) for name, _ in rows)
        lines = (f"{name:<{width}}  {text}" for name, text in rows)
        print("\n".join(lines), file=sys.stderr, flush=True)


def device_row(world: World, precision: Precision) -> tuple[str, str]:
    """Return the row of the devices and the precision of their matrix products."""
    if world.device.type == "cuda":
        name = torch.cuda.get_device_name(world.device)
    else:
        name = f"CPU with {torch.get_num_threads()} of {os.cpu_count()} threads"
    count = "" if world.size == 1 else f"{world.size} processes, each on one "
    dtype = str(world.matmul_dtype(precision)).removeprefix("torch.")
    return "device", f"{count}{name}, {dtype}"


def model_row(parameters: Iterable[torch.nn.Parameter]) -> tuple[str, str]:
    """Return the row of the number of parameters, of all shards together."""
    return "model", f"{sum(weight.numel() for weight in parameters):,} parameters"


def resumed(unit: str, done: int) -> str:
    """Return what follows the amount of training of a run that resumes; "" of a new run."""
    return f", resumed after {unit} {done:,}" if done else ""
