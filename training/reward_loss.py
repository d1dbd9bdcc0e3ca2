"""The loss of a reward model on packed outputs. `RewardLoss(model, rollouts)`."""

from typing import Any

import torch
from torch.nn import functional
from transformers import PreTrainedModel

from training.document_states import document_states
from training.packing import IGNORED


class RewardLoss(torch.nn.Module):
    """Sum over labelled places of the cross-entropy of sigmoid(score) with k / `rollouts`, nats.

    `model` is inside: a module, since FSDP shards modules.
    """

    def __init__(self, model: PreTrainedModel, rollouts: int) -> None:
        super().__init__()
        self.model = model
        self.rollouts = rollouts

    def forward(
        self,
        tokens_BT: torch.Tensor,
        labels_BT: torch.Tensor,
        positions_BT: torch.Tensor,
        document_ends: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return a scalar in float32 from three int64[B, T] as `packing.Block` has them.

        A label is k, from 0 to `rollouts`, at the end of a step, and IGNORED elsewhere.
        """
        states = document_states(self.model, tokens_BT, positions_BT, document_ends)
        labels = labels_BT.flatten()
        labelled = labels != IGNORED
        head: Any = self.model.score
        scores_K = head(states[labelled]).float().squeeze(-1)
        shares_K = labels[labelled].float() / self.rollouts
        return functional.binary_cross_entropy_with_logits(scores_K, shares_K, reduction="sum")
