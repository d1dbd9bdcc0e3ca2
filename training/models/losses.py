"""The loss of packed documents: a module, since FSDP shards modules. `DocumentLoss(model)`."""

from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from training.data.packing import IGNORED
from training.models.document_states import document_states

_PLACES = 4096  # whose logits exist at one time: vocabulary x 4096 float32 are 1.7 GB at 102,400


class DocumentLoss(torch.nn.Module):
    """Sum of -log p of the labels in nats, no document seeing another; `model` is inside.

    Logits are made in pieces and, unless `keep_logits`, made again in the backward pass: those of a
    long batch need more memory than the model, and making them again is 5 % of its work at 1.3B.
    """

    def __init__(self, model: PreTrainedModel, keep_logits: bool = False) -> None:
        super().__init__()
        self.model = model
        self.keep_logits = keep_logits

    def forward(
        self,
        tokens_BT: torch.Tensor,
        labels_BT: torch.Tensor,
        positions_BT: torch.Tensor,
        document_ends: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return a scalar in float32 from three int64[B, T] as `packing.Block` has them."""
        states = document_states(self.model, tokens_BT, positions_BT, document_ends)
        head = self.model.get_output_embeddings()
        pieces = zip(states.split(_PLACES), labels_BT.flatten().split(_PLACES), strict=True)
        if self.keep_logits:
            losses = [_loss(head, *piece) for piece in pieces]
        else:
            losses = [checkpoint(_loss, head, *piece, use_reentrant=False) for piece in pieces]
        return torch.stack(losses).sum()


def _loss(head: torch.nn.Module, states: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    logits = head(states).float()
    return functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")


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
