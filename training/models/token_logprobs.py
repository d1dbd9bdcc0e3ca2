"""Log-probabilities of tokens under a policy: a module, since FSDP shards modules."""

from dataclasses import dataclass

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from training.models.document_states import document_states

_PLACES = 4096  # whose logits exist at one time: vocabulary x 4096 float32 are 1.7 GB at 102,400


@dataclass(frozen=True)
class Measured:
    """Of K places: log p in nats of their label, entropy in nats, value (None without a critic)."""

    logp_K: torch.Tensor
    entropy_K: torch.Tensor
    value_K: torch.Tensor | None


class TokenLogprobs(torch.nn.Module):
    """A policy and, for PPO, its critic: a model with one score a token.

    Logits are divided by the temperature of sampling, so that these are the probabilities that the
    tokens were drawn with. They are made only where a label is asked for, in pieces, and, unless
    `keep_logits`, again in the backward pass.
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
            raise ValueError("policy and critic read the same rows: they must attend alike")
        self.model = model
        self.critic = critic
        self.temperature = temperature
        self.keep_logits = keep_logits

    def forward(
        self,
        tokens_BT: torch.Tensor,
        positions_BT: torch.Tensor,
        places_K: torch.Tensor,
        labels_K: torch.Tensor,
        document_ends: torch.Tensor | None = None,
    ) -> Measured:
        """Return what is measured at `places_K` of the flat batch: int64, as all the others are."""
        packed = (tokens_BT, positions_BT, document_ends)
        states_KD = document_states(self.model, *packed)[places_K]
        head = self.model.get_output_embeddings()
        pieces = zip(states_KD.split(_PLACES), labels_K.split(_PLACES), strict=True)
        if self.keep_logits or not torch.is_grad_enabled():
            found = [_measure(head, *piece, self.temperature) for piece in pieces]
        else:
            found = [
                checkpoint(_measure, head, *piece, self.temperature, use_reentrant=False)
                for piece in pieces
            ]
        logp_K, entropy_K = (torch.cat(one) for one in zip(*found, strict=True))
        value_K = None
        if self.critic is not None:
            states_KD = document_states(self.critic, *packed)[places_K]
            score: torch.nn.Module = self.critic.get_submodule("score")
            value_K = score(states_KD).squeeze(-1).float()
        return Measured(logp_K, entropy_K, value_K)


def _attention(model: PreTrainedModel) -> str:
    return str(model.config._attn_implementation)


def _measure(
    head: torch.nn.Module, states_KD: torch.Tensor, labels_K: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    logp_KV = torch.log_softmax(head(states_KD).float() / temperature, -1)
    logp_K = logp_KV.gather(-1, labels_K[:, None]).squeeze(-1)
    with torch.no_grad():
        entropy_K = -(logp_KV.exp() * logp_KV).sum(-1)
    return logp_K, entropy_K
