"""Load a local language model, or initialise a new Llama."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from schemas.errors import InputError
from training.data.tokenizer import Vocabulary
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
    check_model_folder(Path(settings.path))
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


def check_model_folder(folder: Path) -> None:
    """Raise InputError unless a local folder has the Hugging Face layout."""
    if not (folder / "config.json").is_file():
        raise InputError(
            f"{folder} holds no config.json: a model is a local folder in the Hugging Face layout"
        )


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
