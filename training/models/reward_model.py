"""Make and load reward models: language models with a head that returns one score per token.

They are token classifiers with one label, so that transformers loads them without our code;
sigmoid(score) is a reward from 0 to 1. PPO's critic is the same without the sigmoid.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedModel
from transformers.utils import logging

from schemas.errors import InputError
from training.models.build import check_model_config, reading_model

_SUFFIX = "ForTokenClassification"


def make_reward_model(path: Path, seed: int, attention: str = "sdpa") -> PreTrainedModel:
    """Return a float32 reward model from a local folder, without dropout.

    A language model keeps all layers but its output layer, and gets a `score` head initialised from
    `seed`; a token classifier with one label is loaded unchanged. Raises InputError if the folder
    holds no model, or one of an architecture without `score`.
    """
    config = _config(path)
    is_new = not _is_classifier(config)
    if is_new:
        config.num_labels = 1
        config.tie_word_embeddings = False  # there is no output layer
    config.classifier_dropout = 0.0
    model: Any = _load(path, config, torch.float32, attention)
    if is_new:
        rng = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            model.score.weight.normal_(0.0, model.config.hidden_size**-0.5 / 10, generator=rng)
            model.score.bias.zero_()
    result: PreTrainedModel = model
    return result


def load_reward_model(path: Path, device: torch.device) -> PreTrainedModel:
    """Load a reward model for scoring: bf16 on a GPU, else float32.

    Raises InputError if the folder holds no reward model.
    """
    config = _config(path)
    if not _is_classifier(config):
        raise InputError(f"{path} is not a reward model: train one from it with reward_run.py")
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    model: Any = _load(path, config, dtype, "sdpa")
    scoring: PreTrainedModel = model.to(device).eval().requires_grad_(False)
    return scoring


def mark_reward_model(model: PreTrainedModel, kind: str, step_end: str) -> None:
    """Store in a model's config what it scores, "outcome" or "process", and what ends a step."""
    model.config.reward_kind = kind
    model.config.reward_step_end = step_end


def check_reward_model(model: PreTrainedModel, kind: str, step_end: str) -> None:
    """Raise InputError if the config has another kind or, for a process model, another step end."""
    its_kind = getattr(model.config, "reward_kind", kind)
    its_step_end = getattr(model.config, "reward_step_end", step_end)
    if its_kind != kind or (kind == "process" and its_step_end != step_end):
        raise InputError(
            f"the reward model {model.name_or_path} scores {its_kind}, with steps that end in "
            f"{its_step_end!r}, but the settings need {kind}, with steps that end in {step_end!r}"
        )


def _config(path: Path) -> Any:
    check_model_config(path)
    return AutoConfig.from_pretrained(path, local_files_only=True)


def _is_classifier(config: Any) -> bool:
    return any(name.endswith(_SUFFIX) for name in config.architectures or ()) and (
        config.num_labels == 1
    )


def _load(path: Path, config: Any, dtype: torch.dtype, attention: str) -> Any:
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # no warning about the unused output layer and the new `score`
    try:
        with reading_model(path):
            model = AutoModelForTokenClassification.from_pretrained(
                path,
                config=config,
                dtype=dtype,
                attn_implementation=attention,
                local_files_only=True,
                use_safetensors=True,
            )
    finally:
        logging.set_verbosity(verbosity)
    if not isinstance(getattr(model, "score", None), torch.nn.Linear):
        raise InputError(f"a {type(model).__name__} has no `score`: use a decoder such as Llama")
    return model
