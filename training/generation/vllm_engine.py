"""Sample with vLLM in the training process, on its GPU. `VllmEngine(...)`.

Not tested with vLLM itself. The names are those of vLLM 0.10.2 to 0.12, whose `logprobs_mode` it
needs; earlier versions have other names.
"""

import os
import tempfile
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from schemas.errors import SettingsError
from training.generation.sampling import sampling_noise
from training.generation.types import Completion, Request, check_context, make_completion
from training.models.local_model import LocalModel
from training.settings.rollout import Rollout

_MEMORY = 0.4  # share of the GPU's memory; the rest is for training


class VllmEngine:
    """An `Engine` for one GPU per process, without tensor parallelism.

    A completion is determined by its seed, but through vLLM's own RNG, so other engines sample
    other tokens. Log-probabilities are at the sampling temperature, from kernels that round
    differently from the trainer's: watch `mismatch` in the log, and see `objective.importance_cap`.
    Raises SettingsError if vLLM is not installed.
    """

    def __init__(self, settings: Rollout, model: LocalModel) -> None:
        if find_spec("vllm") is None:
            raise SettingsError(
                "rollout.engine is vllm, which is not installed: pip install vllm, or set it to"
                " slots or transformers"
            )
        # Otherwise the model would be in another process, where its weights cannot be updated.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
        self._vllm: Any = import_module("vllm")
        self._settings, self._local = settings, model
        with tempfile.TemporaryDirectory() as folder:
            model.model.config.save_pretrained(Path(folder))
            self._llm = self._vllm.LLM(
                model=folder,
                skip_tokenizer_init=True,
                load_format="dummy",  # the weights always come from the policy
                dtype="bfloat16",
                max_num_seqs=settings.rows,
                gpu_memory_utilization=_MEMORY,
                logprobs_mode="processed_logprobs",  # at the temperature, not before it
                seed=settings.seed,
            )
        self.update_weights(model.model)

    def update_weights(self, policy: PreTrainedModel) -> None:
        for name, weight in policy.named_parameters():
            unsharded = weight.full_tensor() if isinstance(weight, DTensor) else weight
            self._load(name, unsharded.detach())
        self._llm.reset_prefix_cache()  # it holds keys and values of the old weights

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        check_context(requests, self._settings.max_new_tokens, self._local.context)
        results = self._llm.generate(
            [{"prompt_token_ids": list(request.prompt)} for request in requests],
            [self._sampling(request) for request in requests],
            use_tqdm=False,
        )
        pairs = zip(requests, results, strict=True)
        return [self._completion(request, result.outputs[0]) for request, result in pairs]

    def _load(self, name: str, weight: torch.Tensor) -> None:
        self._llm.apply_model(lambda inner: inner.load_weights([(name, weight)]))

    def _sampling(self, request: Request) -> Any:
        return self._vllm.SamplingParams(
            temperature=self._settings.temperature,
            max_tokens=self._settings.max_new_tokens,
            seed=int(sampling_noise(request.seed, 1)[0] * 2**53),
            stop_token_ids=sorted(self._local.eos),
            logprobs=0,  # only of the sampled token
            detokenize=False,
        )

    def _completion(self, request: Request, output: Any) -> Completion:
        tokens = list(output.token_ids)
        steps = zip(tokens, output.logprobs, strict=True)
        logprobs = [float(step[token].logprob) for token, step in steps]
        return make_completion(self._local, request, tokens, logprobs)
