"""Load a local language model, or initialise a new Llama."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import (
    CONFIG_MAPPING,
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)
from transformers.utils.logging import disable_progress_bar

from schemas.errors import InputError
from training.data.tokenizer import Vocabulary, read_object
from training.settings.pretrain import Model

disable_progress_bar()  # transformers shows it while it loads weights


def make_model(
    settings: Model, vocabulary: Vocabulary, context: int, seed: int, attention: str = "sdpa"
) -> PreTrainedModel:
    """Return a float32 model with weights loaded from `settings.path` or initialised from `seed`.

    Nothing is downloaded. Raises InputError if the path is not a model folder, or if the model has
    fewer tokens than the tokenizer.
    """
    if settings.path is None:
        torch.manual_seed(seed)
        config = _config(settings, vocabulary, context)
        new: PreTrainedModel = LlamaForCausalLM._from_config(config, attn_implementation=attention)
        return new
    with reading_model(Path(settings.path)):
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            settings.path,
            dtype=torch.float32,
            attn_implementation=attention,
            local_files_only=True,
            use_safetensors=True,
        )
    if model.config.vocab_size < vocabulary.size:
        raise InputError(
            f"the model in {settings.path} has {model.config.vocab_size} tokens, fewer than its "
            f"tokenizer's {vocabulary.size}"
        )
    return model


@contextmanager
def reading_model(folder: Path, weights: tuple[str, ...] = ("*.safetensors",)) -> Iterator[None]:
    """Raise InputError if a local folder, which the block loads, is not in the Hugging Face layout.

    That is without a config.json of a known model type, without a file of `weights` (globs) or one
    that the index of the weights names, or with a damaged one.
    """
    check_model_config(folder)
    if not any(path for pattern in weights for path in folder.glob(pattern)):
        raise InputError(
            f"{folder} holds no weights ({' or '.join(weights)}): copy them next to config.json"
        )
    if not (folder / "model.safetensors").is_file():
        _check_shards(folder / "model.safetensors.index.json")
    try:
        yield
    except SafetensorError as error:
        raise InputError(
            f"the weights in {folder} are damaged, copy them again: {error}"
        ) from error


def _check_shards(index: Path) -> None:
    """Raise InputError unless all files that an index of weights names exist, if there is one."""
    if not index.is_file():
        return
    for name in sorted(set(read_object(index).get("weight_map", {}).values())):
        if not (index.parent / name).is_file():
            raise InputError(f"{index.parent} holds no {name}, which {index.name} names: copy it")


def check_model_config(folder: Path) -> None:
    """Raise InputError unless a local folder holds the config.json of a known type of model."""
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(
            f"{folder} holds no config.json: a model is a local folder in the Hugging Face layout"
        )
    config = read_object(path)
    if (kind := config.get("model_type")) not in CONFIG_MAPPING:
        raise InputError(f"{path}: model_type {kind!r} is not a model that transformers knows")


def _config(settings: Model, vocabulary: Vocabulary, context: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=settings.width,
        intermediate_size=settings.hidden,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.kv_heads or settings.heads,
        max_position_embeddings=context,
        rope_parameters={"rope_type": "default", "rope_theta": settings.rope_theta},
        tie_word_embeddings=settings.tied,
        initializer_range=settings.init_std,
        rms_norm_eps=1e-6,
        bos_token_id=vocabulary.bos,
        eos_token_id=vocabulary.eos,
        pad_token_id=None,
    )
