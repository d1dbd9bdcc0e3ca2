"""Outputs by vLLM, in the process that trains, on its GPU. `VllmEngine(...)`.

It has run nowhere yet: no machine of ours had a GPU and vLLM. Names are those of vLLM 0.10.2 to
0.12, whose `logprobs_mode` it needs, and they changed between versions before.
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

from training.generation.requests import check_context, make_completion
from training.generation.sampling import sampling_noise
from training.generation.types import Completion, Request
from training.models.local_model import LocalModel
from training.settings.rollout import Rollout

_MEMORY = 0.4  # of the GPU; the rest is for training


class VllmEngine:
    """An `Engine` for one GPU a process, without tensor parallelism.

    An output is decided by its seed, but by vLLM's own noise: other engines write others. Its
    log-probabilities are those after the temperature, of kernels that round otherwise than the
    trainer's: log the difference, and see `objective.importance_cap`.
    """

    def __init__(self, settings: Rollout, model: LocalModel) -> None:
        if find_spec("vllm") is None:
            raise ValueError(
                "rollout.engine is vllm, which is not installed: pip install vllm, or set it to"
                " slots or transformers"
            )
        # Else the model would live in a process of its own, out of reach of our weights.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
        self._vllm: Any = import_module("vllm")
        self._settings, self._local = settings, model
        with tempfile.TemporaryDirectory() as folder:
            model.model.config.save_pretrained(Path(folder))
            self._llm = self._vllm.LLM(
                model=folder,
                skip_tokenizer_init=True,
                load_format="dummy",  # weights come from the policy, here and ever after
                dtype="bfloat16",
                max_num_seqs=settings.rows,
                gpu_memory_utilization=_MEMORY,
                logprobs_mode="processed_logprobs",  # else they are those before the temperature
                seed=settings.seed,
            )
        self.update_weights(model.model)

    def update_weights(self, policy: PreTrainedModel) -> None:
        for name, weight in policy.named_parameters():
            whole = weight.full_tensor() if isinstance(weight, DTensor) else weight
            self._load(name, whole.detach())
        self._llm.reset_prefix_cache()  # of the old weights

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        check_context(requests, self._settings.max_new_tokens, self._local.context)
        answers = self._llm.generate(
            [{"prompt_token_ids": list(one.prompt)} for one in requests],
            [self._sampling(one) for one in requests],
            use_tqdm=False,
        )
        pairs = zip(requests, answers, strict=True)
        return [self._completion(request, answer.outputs[0]) for request, answer in pairs]

    def _load(self, name: str, weight: torch.Tensor) -> None:
        self._llm.apply_model(lambda inner: inner.load_weights([(name, weight)]))

    def _sampling(self, request: Request) -> Any:
        return self._vllm.SamplingParams(
            temperature=self._settings.temperature,
            max_tokens=self._settings.max_new_tokens,
            seed=int(sampling_noise(request.seed, 1)[0] * 2**53),
            stop_token_ids=sorted(self._local.eos),
            logprobs=0,  # of the token that was drawn, and no others
            detokenize=False,
        )

    def _completion(self, request: Request, output: Any) -> Completion:
        tokens = list(output.token_ids)
        steps = zip(tokens, output.logprobs, strict=True)
        return make_completion(
            self._local, request, tokens, [float(step[token].logprob) for token, step in steps]
        )
