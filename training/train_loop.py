"""Steps of a run, from the last checkpoint to the end. `train(job, out, world)`.

A step adds up gradients over a batch that is the same whatever the number of processes, and divides
by its number of labels, so that a token counts the same wherever it lies.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import torch

from training.batches import Batch, batches
from training.bits_per_byte import bits_per_byte, read_held_out
from training.checkpoint import Progress, save_checkpoint
from training.distribute import World
from training.document import Draw
from training.document_loss import DocumentLoss
from training.flops import peak_flops, training_flops
from training.metrics import open_log, read_log, summary
from training.packing import pack
from training.settings import Optimizer, PretrainSettings, SftSettings
from training.start_run import Started, start_run
from training.to_device import to_device
from training.tokens import Vocabulary


@dataclass(frozen=True)
class Job:
    """What a run learns: settings, documents, and how many steps at what rate."""

    stage: str
    settings: PretrainSettings | SftSettings
    inputs: Mapping[str, Any]  # name -> what identifies it; a run goes on only under the same
    vocabulary: Vocabulary
    draw: Draw
    steps: int
    rate: Callable[[int], float]


def train(job: Job, out: Path, world: World) -> Path:
    """Take the steps that are left, and return the folder of the model.

    Raises ValueError if `out` holds another run, and FloatingPointError if the loss or the gradient
    is no number.
    """
    raise NotImplementedError
