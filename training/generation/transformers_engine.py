"""Sample with transformers' `generate`, in batches of a fixed number of rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from training.generation.sampling import draw_token, sampling_noise
from training.generation.types import (
    Completion,
    Decoding,
    Request,
    check_context,
    make_completion,
)
from training.generation.weight_sync import sampling_mode, sync_weights
from training.models.local_model import LocalModel
from training.models.padding import left_padded


class TransformersEngine:
    """An `Engine` for any causal language model of transformers, on any device.

    Requests are batched in order, `decoding.rows` at a time: processes that take turns at such
    chunks compute completions bit-identical to those of one process.
    """

    def __init__(self, decoding: Decoding, model: LocalModel) -> None:
        self._decoding, self._local = decoding, model
        self._model = sync_weights(None, model.model)

    def update_weights(self, policy: PreTrainedModel) -> None:
        self._model = sync_weights(self._model, policy)

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        check_context(requests, self._decoding.max_new_tokens, self._local.context)
        completions: list[Completion] = []
        with sampling_mode(self._model):
            for start in range(0, len(requests), self._decoding.rows):
                completions += self._sample(requests[start : start + self._decoding.rows])
        return completions

    def _sample(self, requests: Sequence[Request]) -> list[Completion]:
        local, decoding, device = self._local, self._decoding, self._model.device
        max_new_tokens = decoding.max_new_tokens
        prompts = [request.prompt for request in requests]
        tokens_BT, mask_BT = left_padded(prompts, local.pad, device)
        width = tokens_BT.shape[1]
        noise_BM = torch.from_numpy(
            np.stack([sampling_noise(row.seed, max_new_tokens) for row in requests])
        )
        draw = _Draw(noise_BM.to(device), decoding)
        stop = _StopAtText(local, decoding.stop, len(requests), width)
        config = GenerationConfig(
            max_new_tokens=max_new_tokens,
            do_sample=False,  # `draw` leaves one token to choose from
            eos_token_id=sorted(local.eos),
            pad_token_id=local.pad,
        )
        model: Any = self._model
        sampled_BN = model.generate(
            input_ids=tokens_BT,
            attention_mask=mask_BT,
            generation_config=config,
            logits_processor=LogitsProcessorList([draw]),
            stopping_criteria=StoppingCriteriaList([stop] if decoding.stop else []),
        )[:, width:]
        logprobs_BN = torch.stack(draw.logprobs, 1)
        rows = zip(requests, sampled_BN.tolist(), logprobs_BN.tolist(), stop.counts, strict=True)
        return [self._completion(*row) for row in rows]

    def _completion(
        self, request: Request, tokens: list[int], logprobs: list[float], count: int | None
    ) -> Completion:
        """Make a completion of the first `count` tokens; what follows a stop text is padding."""
        completion = make_completion(self._local, request, tokens[:count], logprobs[:count])
        if count is None:
            return completion
        text = completion.text.partition(self._decoding.stop)[0]
        return replace(completion, finished=True, text=text)


class _Draw(LogitsProcessor):
    """Draws the next token of each row, masks all others, and stores its log-probability."""

    def __init__(self, noise_BM: torch.Tensor, decoding: Decoding) -> None:
        self.noise_BM, self.decoding = noise_BM, decoding
        self.logprobs: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        noise_B = self.noise_BM[:, len(self.logprobs)]
        tokens_B, logprobs_B = draw_token(
            scores, noise_B, self.decoding.temperature, self.decoding.top_p
        )
        self.logprobs.append(logprobs_B)
        return torch.full_like(scores, -torch.inf).scatter_(1, tokens_B[:, None], 0.0)


class _StopAtText(StoppingCriteria):
    """Stops each row after the stop text; `counts` has the number of its tokens up to there."""

    def __init__(self, model: LocalModel, stop: str, rows: int, width: int) -> None:
        self.model, self.stop, self.width = model, stop, width
        self.window = len(model.encode(stop)) + 8  # last tokens that can contain the stop text
        self.counts: list[int | None] = [None] * rows

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        new_BN = input_ids[:, self.width :]
        for row, tokens in enumerate(new_BN[:, -self.window :].tolist()):
            if self.counts[row] is None and self.stop in self.model.decode(tokens):
                self.counts[row] = new_BN.shape[1]
        stopped = [count is not None for count in self.counts]
        return torch.tensor(stopped, device=input_ids.device)
