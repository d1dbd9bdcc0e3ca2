"""A causal language model and its tokenizer from a local folder; nothing is downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from schemas.errors import InputError
from training.models.build import check_model_folder


@dataclass(frozen=True)
class LocalModel:
    """What asks a model: the model, its tokenizer, and the numbers of the marks."""

    model: Any  # a transformers model with .generate
    tokenizer: Any
    bos: int | None
    eos: frozenset[int]
    pad: int
    context: int  # tokens

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text without marks; the name of a mark in it is text like any."""
        tokens = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(tokens["input_ids"])

    def prompt(self, text: str) -> list[int]:
        """Return the tokens of a prompt: one mark of beginning, if the tokenizer has one."""
        return [*([] if self.bos is None else [self.bos]), *self.encode(text)]

    def decode(self, tokens: Sequence[int]) -> str:
        return str(
            self.tokenizer.decode(
                list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def load_local_model(folder: Path, device: str = "auto") -> LocalModel:
    """Load a folder in the Hugging Face layout: bf16 on a GPU, fp32 on a CPU.

    `device` is a torch device, or auto: a GPU if there is one. Raises InputError where the folder
    is none or its tokenizer does not mark the end of text.
    """
    check_model_folder(folder)
    cuda = torch.cuda.is_available() if device == "auto" else device.startswith("cuda")
    target = ("cuda" if cuda else "cpu") if device == "auto" else device
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, dtype=torch.bfloat16 if cuda else torch.float32
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return as_local_model(model.to(target).eval(), tokenizer)


def as_local_model(model: Any, tokenizer: Any) -> LocalModel:
    """Join a model and its tokenizer; pads with the end of text where there is no mark of its own.

    A model may end its texts by marks that its tokenizer does not name: both count. What else its
    folder says of generation (penalties, top-k) is taken off, so that settings alone decide.
    """
    told = getattr(model.generation_config, "eos_token_id", None) or ()
    ends = {tokenizer.eos_token_id, *([told] if isinstance(told, int) else told)} - {None}
    if not ends:
        raise InputError("neither the tokenizer nor the model says which token ends a text")
    pad = tokenizer.pad_token_id
    model.generation_config = GenerationConfig(eos_token_id=sorted(ends))
    return LocalModel(
        model=model,
        tokenizer=tokenizer,
        bos=tokenizer.bos_token_id,
        eos=frozenset(ends),
        pad=min(ends) if pad is None else pad,
        context=int(getattr(model.config, "max_position_embeddings", 0) or 2**31),
    )
