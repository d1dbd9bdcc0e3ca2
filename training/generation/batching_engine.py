"""Continuous batching on one device: slots with a static KV cache. `BatchingEngine(...)`."""

from collections.abc import Sequence

import torch
from transformers import PretrainedConfig, PreTrainedModel

from schemas.errors import SettingsError
from training.generation.attention import use_decode_attention
from training.generation.forward import DecodeStep, prefill
from training.generation.kv_cache import SlotKVCache
from training.generation.scheduler import run_batching
from training.generation.slots import SlotState
from training.generation.types import Completion, Request, check_context, make_completion
from training.generation.weight_sync import sampling_mode, sync_weights
from training.models.local_model import LocalModel
from training.settings.rollout import Rollout

# The KV cache grows to a multiple of this many tokens; on a GPU, CUDA graphs are then re-recorded.
_GROWTH = {"cuda": 256}
# RoPE variants whose rotation of a position does not depend on the length of the sequence.
_ROPES = ("default", "linear", "llama3", "yarn")


class BatchingEngine:
    """An `Engine` for models with full attention in every layer, such as Llama and Qwen2.

    `settings.rows` completions are sampled at a time, and the next one starts as soon as one ends.
    Completions of the same prompt share its prefill. On a GPU a decode step is a CUDA graph. Raises
    SettingsError for models with other kinds of attention or positions.
    """

    def __init__(self, settings: Rollout, model: LocalModel) -> None:
        _check_supported(model.model.config)
        self._settings, self._local = settings, model
        self._model = sync_weights(None, model.model)
        self._step: DecodeStep | None = None

    def update_weights(self, policy: PreTrainedModel) -> None:
        model = sync_weights(self._model, policy)
        if model is not self._model:
            self._model, self._step = model, None

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        max_new_tokens = self._settings.max_new_tokens
        check_context(requests, max_new_tokens, self._local.context)
        if not requests:
            return []
        longest = max(len(request.prompt) for request in requests) + max_new_tokens
        with sampling_mode(self._model, use_decode_attention()):
            sampled = run_batching(self._step_for(longest), requests)
        pairs = zip(requests, sampled, strict=True)
        return [make_completion(self._local, request, *tokens) for request, tokens in pairs]

    def _step_for(self, length: int) -> DecodeStep:
        """Return a decode step with room for sequences of `length` tokens."""
        if self._step is None or self._step.cache.length < length:
            settings, device = self._settings, self._model.device
            growth = _GROWTH.get(device.type, 32)
            self._step = None  # free its memory before allocating more
            sizes = prefill(self._model, [[0]]).keys
            self._step = DecodeStep(
                self._model,
                SlotKVCache(sizes, settings.rows, -(-length // growth) * growth),
                SlotState.empty(settings.rows, settings.max_new_tokens, device),
                settings.temperature,
                torch.tensor(sorted(self._local.eos), device=device),
            )
        return self._step


def _check_supported(config: PretrainedConfig) -> None:
    """Raise SettingsError for models whose attention or positions are not supported."""
    unsupported = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if getattr(config, "sliding_window", None) is not None:
        unsupported |= {"sliding_attention"}
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    if unsupported or rope not in _ROPES:
        what = ", ".join(sorted(unsupported)) or f"positions of type {rope}"
        raise SettingsError(
            f"rollout.engine slots only supports full attention, and {config.model_type} has"
            f" {what}: set rollout.engine to transformers"
        )
