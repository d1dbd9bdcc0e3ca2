"""Outputs by our own engine, for one device: slots with a static cache. `BatchingEngine(...)`."""

from collections.abc import Sequence

import torch
from transformers import PretrainedConfig, PreTrainedModel

from training.generation.attention import use_decode_attention
from training.generation.decode import DecodeStep
from training.generation.kv_cache import SlotKVCache
from training.generation.prefill import prefill
from training.generation.requests import check_context, make_completion
from training.generation.scheduler import run_batching
from training.generation.slots import SlotState
from training.generation.types import Completion, Request
from training.generation.weight_sync import sampling_mode, sync_weights
from training.models.local_model import LocalModel
from training.settings.rollout import Rollout

# Tokens by which the cache grows with the longest text; on a GPU graphs are then made anew.
_GROWTH = {"cuda": 256}
_ROPES = ("default", "linear", "llama3", "yarn")  # that turn a position alike in short and long


class BatchingEngine:
    """An `Engine` for models with full attention in every layer, such as Llama and Qwen2.

    `settings.rows` outputs are sampled at a time, and the next begins as soon as one ends. Outputs
    to one prompt share its reading. A step over all slots is a CUDA graph on a GPU.
    """

    def __init__(self, settings: Rollout, model: LocalModel) -> None:
        _refuse_others(model.model.config)
        self._settings, self._local = settings, model
        self._model = sync_weights(None, model.model)
        self._step: DecodeStep | None = None

    def update_weights(self, policy: PreTrainedModel) -> None:
        model = sync_weights(self._model, policy)
        if model is not self._model:
            self._model, self._step = model, None

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        most = self._settings.max_new_tokens
        check_context(requests, most, self._local.context)
        if not requests:
            return []
        longest = max(len(request.prompt) for request in requests) + most
        with sampling_mode(self._model, use_decode_attention()):
            sampled = run_batching(self._step_for(longest), requests)
        pairs = zip(requests, sampled, strict=True)
        return [make_completion(self._local, request, *one) for request, one in pairs]

    def _step_for(self, length: int) -> DecodeStep:
        """Return a step with room for texts of some length."""
        if self._step is None or self._step.cache.length < length:
            settings, device = self._settings, self._model.device
            growth = _GROWTH.get(device.type, 32)
            self._step = None  # its memory is free before more is taken
            sizes = prefill(self._model, [[0]]).keys
            self._step = DecodeStep(
                self._model,
                SlotKVCache(sizes, settings.rows, -(-length // growth) * growth),
                SlotState.empty(settings.rows, settings.max_new_tokens, device),
                settings.temperature,
                torch.tensor(sorted(self._local.eos), device=device),
            )
        return self._step


def _refuse_others(config: PretrainedConfig) -> None:
    """Raise ValueError for models whose attention or positions the slots do not know."""
    layers = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if getattr(config, "sliding_window", None) is not None:
        layers |= {"sliding_attention"}
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    if layers or rope not in _ROPES:
        what = ", ".join(sorted(layers)) or f"positions of type {rope}"
        raise ValueError(
            f"rollout.engine slots knows full attention alone, and {config.model_type} has {what}:"
            " set rollout.engine to transformers"
        )
