"""Log-probabilities of tokens under a policy, as a module because FSDP shards modules."""

from dataclasses import dataclass

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from training.models.packed_attention import document_states

_CHUNK = 4096  # positions with logits in memory at a time: 1.7 GB for 102,400 tokens in float32


@dataclass(frozen=True)
class LabelScores:
    """Scores at K positions, float32[K]: log p of the label and entropy, in nats, and value.

    The value is None without a critic.
    """

    logp_K: torch.Tensor
    entropy_K: torch.Tensor
    value_K: torch.Tensor | None


class TokenLogprobs(torch.nn.Module):
    """A policy and, for PPO, its critic: a model with one score per token.

    Logits are divided by the sampling temperature, so these are the probabilities that the tokens
    were sampled with. Logits exist only at labelled positions, are computed in chunks, and are
    recomputed in the backward pass unless `keep_logits`. Raises ValueError if policy and critic
    have different attention implementations.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        temperature: float,
        keep_logits: bool = False,
        critic: PreTrainedModel | None = None,
    ) -> None:
        super().__init__()
        if critic is not None and _attention(critic) != _attention(model):
            raise ValueError("policy and critic read the same rows and need the same attention")
        self.model = model
        self.critic = critic
        self.temperature = temperature
        self.keep_logits = keep_logits

    def forward(
        self,
        tokens_BT: torch.Tensor,
        positions_BT: torch.Tensor,
        indices_K: torch.Tensor,
        labels_K: torch.Tensor,
        document_ends: torch.Tensor | None = None,
    ) -> LabelScores:
        """Score the labels at `indices_K` of the flat batch.

        All tensors are int64, except int32 `document_ends`.
        """
        packed = (tokens_BT, positions_BT, document_ends)
        states_KD = document_states(self.model, *packed)[indices_K]
        head = self.model.get_output_embeddings()
        chunks = zip(states_KD.split(_CHUNK), labels_K.split(_CHUNK), strict=True)
        if self.keep_logits or not torch.is_grad_enabled():
            scores = [_score(head, *chunk, self.temperature) for chunk in chunks]
        else:
            scores = [
                checkpoint(_score, head, *chunk, self.temperature, use_reentrant=False)
                for chunk in chunks
            ]
        logp_K, entropy_K = (torch.cat(parts) for parts in zip(*scores, strict=True))
        value_K = None
        if self.critic is not None:
            states_KD = document_states(self.critic, *packed)[indices_K]
            value_head: torch.nn.Module = self.critic.get_submodule("score")
            value_K = value_head(states_KD).squeeze(-1).float()
        return LabelScores(logp_K, entropy_K, value_K)


def _attention(model: PreTrainedModel) -> str:
    return str(model.config._attn_implementation)


def _score(
    head: torch.nn.Module, states_KD: torch.Tensor, labels_K: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    logp_KV = torch.log_softmax(head(states_KD).float() / temperature, -1)
    logp_K = logp_KV.gather(-1, labels_K[:, None]).squeeze(-1)
    with torch.no_grad():
        entropy_K = -(logp_KV.exp() * logp_KV).sum(-1)
    return logp_K, entropy_K
