"""Load a causal language model and its tokenizer from a local folder, to sample from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from schemas.errors import InputError
from training.data.tokenizer import check_tokenizer_folder
from training.models.build import check_model_config, reading_model


@dataclass(frozen=True)
class LocalModel:
    """A model, its tokenizer, and the IDs of its special tokens."""

    model: Any  # a transformers model with .generate
    tokenizer: Any
    bos: int | None
    eos: frozenset[int]
    pad: int
    context: int  # longest sequence, in tokens

    def encode(self, text: str) -> list[int]:
        """Tokenize a text without special tokens; "</s>" in it is ordinary text."""
        tokens = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(tokens["input_ids"])

    def prompt(self, text: str) -> list[int]:
        """Tokenize a prompt, with BOS exactly once if the tokenizer has one."""
        return [*([] if self.bos is None else [self.bos]), *self.encode(text)]

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, without special tokens."""
        return str(
            self.tokenizer.decode(
                list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def load_local_model(folder: Path, device: str = "auto") -> LocalModel:
    """Load a folder in the Hugging Face layout: bf16 on a GPU, fp32 on a CPU.

    `device` is a torch device, or "auto": a GPU if there is one. Nothing is downloaded. Raises
    InputError if there is no such device, if the folder holds no model or a damaged one, or if
    neither tokenizer nor model defines EOS.
    """
    target = find_device(device)
    tokenizer = load_auto_tokenizer(folder)
    with reading_model(folder, ("*.safetensors", "pytorch_model*.bin")):
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            dtype=torch.bfloat16 if target.type == "cuda" else torch.float32,
        )
    return as_local_model(model.to(target).eval(), tokenizer)


def find_device(name: str) -> torch.device:
    """Return the torch device of a name; "auto" is a GPU if there is one, else the CPU.

    Raises InputError if this machine has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"{name!r} is no device: use auto, cpu, cuda or cuda:N") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise InputError(f"there is no device {name}: torch sees {count} GPUs; use auto or cpu")
    return device


def load_auto_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a model folder. Raises InputError if it is missing or damaged."""
    check_model_config(folder)
    check_tokenizer_folder(folder)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def as_local_model(model: Any, tokenizer: Any) -> LocalModel:
    """Combine a model and its tokenizer; without a pad token, EOS serves as one.

    EOS tokens are those of the tokenizer and of the model's generation config. Everything else in
    the generation config (penalties, top-k) is dropped, so that only our settings apply. Raises
    InputError if neither defines EOS.
    """
    configured = getattr(model.generation_config, "eos_token_id", None) or ()
    ends = {
        tokenizer.eos_token_id,
        *([configured] if isinstance(configured, int) else configured),
    } - {None}
    if not ends:
        raise InputError("neither the tokenizer nor the model defines EOS")
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
