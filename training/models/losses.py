"""Losses over packed documents, as modules because FSDP shards modules."""

from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from training.data.packing import IGNORED
from training.models.packed_attention import document_states

_CHUNK = 4096  # positions with logits in memory at a time: 1.7 GB for 102,400 tokens in float32


class DocumentLoss(torch.nn.Module):
    """Sum of -log p of the labels, in nats, with attention within documents only.

    Logits are computed in chunks and, unless `keep_logits`, recomputed in the backward pass: those
    of a long batch need more memory than the model, and computing them again costs 5 % at 1.3B.
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
        """Return a float32 scalar from the three int64[B, T] of `packing.TokenBlock`s."""
        states = document_states(self.model, tokens_BT, positions_BT, document_ends)
        head = self.model.get_output_embeddings()
        chunks = zip(states.split(_CHUNK), labels_BT.flatten().split(_CHUNK), strict=True)
        if self.keep_logits:
            losses = [_loss(head, *chunk) for chunk in chunks]
        else:
            losses = [checkpoint(_loss, head, *chunk, use_reentrant=False) for chunk in chunks]
        return torch.stack(losses).sum()


def _loss(head: torch.nn.Module, states: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    logits = head(states).float()
    return functional.cross_entropy(logits, labels, ignore_index=IGNORED, reduction="sum")


class RewardLoss(torch.nn.Module):
    """Binary cross-entropy of sigmoid(score) with k / `rollouts`, summed over labels k, in nats."""

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
        """Return a float32 scalar from the three int64[B, T] of `packing.TokenBlock`s.

        A label is k, from 0 to `rollouts`, at the end of a step, and IGNORED elsewhere.
        """
        states = document_states(self.model, tokens_BT, positions_BT, document_ends)
        labels = labels_BT.flatten()
        labelled = labels != IGNORED
        head: Any = self.model.score
        scores_K = head(states[labelled]).float().squeeze(-1)
        shares_K = labels[labelled].float() / self.rollouts
        return functional.binary_cross_entropy_with_logits(scores_K, shares_K, reduction="sum")
