"""Outputs by transformers' `generate`, in batches of fixed rows. `GenerateEngine(...)`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, PreTrainedModel

from training.generation.requests import check_room, completed
from training.generation.sampling import draw_token, uniforms
from training.generation.types import Completion, Request
from training.generation.weight_sync import sampling_mode, take_over
from training.models.local_model import LocalModel
from training.models.padding import left_padded
from training.settings.rollout import Rollout


class GenerateEngine:
    """An `Engine` for any model that transformers can ask, on any device.

    Requests are taken `settings.rows` at a time, in order: two processes that are given such
    chunks in turn compute the very bits that one process computes.
    """

    def __init__(self, settings: Rollout, model: LocalModel) -> None:
        self._settings, self._local = settings, model
        self._model = take_over(None, model.model)

    def renew(self, policy: PreTrainedModel) -> None:
        self._model = take_over(self._model, policy)

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        check_room(requests, self._settings.max_new_tokens, self._local.context)
        done: list[Completion] = []
        with sampling_mode(self._model):
            for start in range(0, len(requests), self._settings.rows):
                done += self._sample(requests[start : start + self._settings.rows])
        return done

    def _sample(self, requests: Sequence[Request]) -> list[Completion]:
        local, most, device = self._local, self._settings.max_new_tokens, self._model.device
        tokens_BT, mask_BT = left_padded([one.prompt for one in requests], local.pad, device)
        chance_BM = torch.from_numpy(np.stack([uniforms(one.seed, most) for one in requests]))
        draw = _Draw(chance_BM.to(device), self._settings.temperature)
        config = GenerationConfig(
            max_new_tokens=most,
            do_sample=False,  # of the one token that is left
            eos_token_id=sorted(local.eos),
            pad_token_id=local.pad,
        )
        model: Any = self._model
        written_BN = model.generate(
            input_ids=tokens_BT,
            attention_mask=mask_BT,
            generation_config=config,
            logits_processor=LogitsProcessorList([draw]),
        )[:, tokens_BT.shape[1] :]
        logprobs_BN = torch.stack(draw.logprobs, 1)
        rows = zip(requests, written_BN.tolist(), logprobs_BN.tolist(), strict=True)
        return [completed(local, *row) for row in rows]


class _Draw(LogitsProcessor):
    """Draws the next token of each row, leaves no other, and keeps its log-probability."""

    def __init__(self, chance_BM: torch.Tensor, temperature: float) -> None:
        self.chance_BM, self.temperature = chance_BM, temperature
        self.logprobs: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        chance_B = self.chance_BM[:, len(self.logprobs)]
        tokens_B, logprobs_B = draw_token(scores, chance_B, self.temperature)
        self.logprobs.append(logprobs_B)
        return torch.full_like(scores, -torch.inf).scatter_(1, tokens_B[:, None], 0.0)
