"""Text to numbers and back: a local `tokenizer.json`, or bytes. `load_tokenizer(settings)`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from schemas.errors import InputError
from training.settings.pretrain import Tokenizer as TokenizerSettings

BYTE_BOS, BYTE_EOS, BYTE_PAD = "<bos>", "<eos>", "<pad>"  # 256, 257, 258


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer, its size and the numbers it marks documents with."""

    encoder: tokenizers.Tokenizer
    size: int
    bos: int | None
    eos: int

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return the tokens of each text, without marks; the name of a mark is text like any."""
        encoded = self.encoder.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(one.ids, np.int32) for one in encoded]

    def document(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the tokens between the marks for beginning and end."""
        start = [] if self.bos is None else [self.bos]
        return np.concatenate([np.array(start, np.int32), tokens, np.array([self.eos], np.int32)])

    def save(self, folder: Path) -> None:
        """Write it so that `AutoTokenizer.from_pretrained(folder)` finds it."""
        name = {number: token for token, number in self.encoder.get_vocab().items()}
        marks = {"eos_token": name[self.eos], "pad_token": name[self.eos]}
        if self.bos is not None:
            marks["bos_token"] = name[self.bos]
        PreTrainedTokenizerFast(tokenizer_object=self.encoder, **marks).save_pretrained(folder)


def load_tokenizer(settings: TokenizerSettings) -> Vocabulary:
    """Read the tokenizer that the settings name; nothing is downloaded.

    Raises InputError if there is no such file, or no mark for the end of a document in it.
    """
    if settings.file == "bytes":
        encoder = _byte_tokenizer()
        return Vocabulary(encoder, 259, 256, 257)
    file = Path(settings.file)
    file = file / "tokenizer.json" if file.is_dir() else file
    if not file.is_file():
        raise InputError(f"no tokenizer in {file}: tokenizer.file must be bytes or a local file")
    encoder = tokenizers.Tokenizer.from_file(str(file))
    encoder.encode_special_tokens = True  # a page that says </s> does not end there
    encoder.no_truncation()
    encoder.no_padding()
    eos = _mark(encoder, file, "eos_token", settings.eos)
    if eos is None:
        raise InputError(f"{file} names no end of text: set tokenizer.eos to one of its tokens")
    bos = _mark(encoder, file, "bos_token", settings.bos)
    return Vocabulary(encoder, max(encoder.get_vocab().values()) + 1, bos, eos)


def _byte_tokenizer() -> tokenizers.Tokenizer:
    alphabet = _byte_letters()
    vocabulary = {letter: byte for byte, letter in enumerate(alphabet)}
    encoder = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    encoder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    encoder.decoder = decoders.ByteLevel()
    encoder.add_special_tokens([BYTE_BOS, BYTE_EOS, BYTE_PAD])
    encoder.encode_special_tokens = True
    return encoder


def _byte_letters() -> list[str]:
    """Return the letter that GPT-2 writes for each byte: itself if it prints, else from U+0100."""
    prints = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in prints else chr(next(others)) for byte in range(256)]


def _mark(encoder: tokenizers.Tokenizer, file: Path, role: str, told: str | None) -> int | None:
    name = told if told is not None else _configured(file.parent / "tokenizer_config.json", role)
    if name is None:
        return None
    number = encoder.token_to_id(name)
    if number is None:
        raise InputError(f"{role} {name!r} is no token of {file}: set tokenizer.{role[:3]}")
    return int(number)


def _configured(file: Path, role: str) -> str | None:
    if not file.is_file():
        return None
    told = json.loads(file.read_text(encoding="utf-8")).get(role)
    name: str | None = told["content"] if isinstance(told, dict) else told
    return name
