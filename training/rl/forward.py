"""Run forward passes over microbatches, and return log-probabilities by completion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.generation.types import Completion
from training.models.packed_attention import VARLEN, document_ends
from training.models.token_logprobs import LabelScores, TokenLogprobs
from training.rl.microbatches import Microbatch, pack_microbatches
from training.run.distributed import World, gather
from training.settings.pretrain import Precision


def run_microbatch(
    module: TokenLogprobs, microbatch: Microbatch, world: World, precision: Precision
) -> LabelScores:
    """Return the scores of the K sampled tokens of a microbatch, on the device of `module`."""
    arrays = (
        microbatch.tokens_RC,
        microbatch.positions_RC,
        microbatch.indices_K,
        microbatch.labels_K,
    )
    inputs = [torch.from_numpy(array).long() for array in arrays]
    if module.model.config._attn_implementation == VARLEN:
        inputs.append(document_ends(inputs[1]))
    with world.autocast(precision):
        scores: LabelScores = module(*(tensor.to(world.device) for tensor in inputs))
    return scores


def as_rows(values_K: torch.Tensor, lengths_B: Sequence[int]) -> torch.Tensor:
    """Return [B, T] from the concatenated values of B completions; 0 after the end of each.

    >>> as_rows(torch.tensor([1.0, 2.0, 3.0]), [1, 2])
    tensor([[1., 0.],
            [2., 3.]])
    """
    return torch.nn.utils.rnn.pad_sequence(values_K.split(list(lengths_B)), batch_first=True)


@dataclass(frozen=True)
class TokenScores:
    """Scores of the T tokens of a completion: float32[T] each, `value` None without a critic."""

    logp: NDArray[np.float32]
    value: NDArray[np.float32] | None


@torch.no_grad()
def compute_logprobs(
    module: TokenLogprobs,
    completions: Sequence[Completion],
    tokens: int,
    world: World,
    precision: Precision,
    unit: int = 1,
) -> list[TokenScores]:
    """Return the scores of each completion; every process must call it, and all get all scores.

    Microbatches are those of `pack_microbatches(completions, tokens, unit)`, as in an update over
    the same completions: with unchanged weights the update computes bit-identical values.
    """
    microbatches = pack_microbatches(completions, tokens, unit)
    local: dict[int, TokenScores] = {}
    for first in range(0, len(microbatches), world.size):
        # FSDP needs equally many forward passes on every process: an idle one repeats the last.
        microbatch = microbatches[min(first + world.rank, len(microbatches) - 1)]
        scores = run_microbatch(module, microbatch, world, precision)
        lengths = [len(completions[member].tokens) for member in microbatch.members]
        logp = scores.logp_K.cpu().split(lengths)
        value = None if scores.value_K is None else scores.value_K.cpu().split(lengths)
        for i, member in enumerate(microbatch.members):
            local[member] = TokenScores(
                logp[i].numpy(), None if value is None else value[i].numpy()
            )
    gathered = gather(local, world)
    return [gathered[i] for i in range(len(completions))]
