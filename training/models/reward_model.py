"""Reward models: a language model whose last states are turned into one number a token.

They are transformers' token classifiers with one label, so that anyone can load them;
sigmoid(score) is a reward from 0 to 1. A critic of PPO is the same without the sigmoid.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedModel
from transformers.utils import logging

from schemas.errors import InputError
from training.models.build import check_model_folder

_SUFFIX = "ForTokenClassification"


def make_reward_model(path: Path, seed: int, attention: str = "sdpa") -> PreTrainedModel:
    """Return a model in float32 of the weights in a local folder, without dropout.

    Of a language model, all but its output layer is kept, and a `score` is drawn by `seed`; a
    token classifier with one label is taken as it is. Raises InputError if it is neither.
    """
    config = _config(path)
    is_new = not _is_classifier(config)
    if is_new:
        config.num_labels = 1
        config.tie_word_embeddings = False  # there is no output layer
    config.classifier_dropout = 0.0
    model: Any = _load(path, config, torch.float32, attention)
    if is_new:
        drawn = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            model.score.weight.normal_(0.0, model.config.hidden_size**-0.5 / 10, generator=drawn)
            model.score.bias.zero_()
    whole: PreTrainedModel = model
    return whole


def load_reward_model(path: Path, device: torch.device) -> PreTrainedModel:
    """Return a reward model that scores: bf16 on a GPU, else float32.

    Raises InputError if the folder holds none.
    """
    config = _config(path)
    if not _is_classifier(config):
        raise InputError(f"{path} is no reward model: reward_run.py makes one of it")
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    model: Any = _load(path, config, dtype, "sdpa")
    scoring: PreTrainedModel = model.to(device).eval().requires_grad_(False)
    return scoring


def mark_reward_model(model: PreTrainedModel, kind: str, step_end: str) -> None:
    """Let a model say what it scores: "outcome" or "process", and what ends a step."""
    model.config.reward_kind = kind
    model.config.reward_step_end = step_end


def check_reward_model(model: PreTrainedModel, kind: str, step_end: str) -> None:
    """Raise InputError if a model says that it scores something else."""
    said = (
        getattr(model.config, "reward_kind", kind),
        getattr(model.config, "reward_step_end", step_end),
    )
    if said[0] != kind or (kind == "process" and said[1] != step_end):
        raise InputError(
            f"the reward model {model.name_or_path} scores {said[0]}, steps that end in "
            f"{said[1]!r}; asked for is {kind}, steps that end in {step_end!r}"
        )


def _config(path: Path) -> Any:
    check_model_folder(path)
    return AutoConfig.from_pretrained(path, local_files_only=True)


def _is_classifier(config: Any) -> bool:
    return any(name.endswith(_SUFFIX) for name in config.architectures or ()) and (
        config.num_labels == 1
    )


def _load(path: Path, config: Any, dtype: torch.dtype, attention: str) -> Any:
    told = logging.get_verbosity()
    logging.set_verbosity_error()  # that the output layer is left out and the score is new
    try:
        model = AutoModelForTokenClassification.from_pretrained(
            path,
            config=config,
            dtype=dtype,
            attn_implementation=attention,
            local_files_only=True,
            use_safetensors=True,
        )
    finally:
        logging.set_verbosity(told)
    if not isinstance(getattr(model, "score", None), torch.nn.Linear):
        raise InputError(f"a {type(model).__name__} has no `score`: take a decoder such as Llama")
    return model
