"""Load a tokenizer: a local `tokenizer.json`, or UTF-8 bytes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from schemas.errors import InputError
from training.settings.pretrain import Tokenizer as TokenizerSettings

# Tokenizers that transformers converts: SentencePiece, and vocabularies of BPE or WordPiece.
_OTHER_FORMATS = ("*.model", "vocab.*", "*.tiktoken")
BYTE_BOS, BYTE_EOS, BYTE_PAD = "<bos>", "<eos>", "<pad>"  # 256, 257, 258


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer, its size, and the IDs of BOS (None if it has none) and EOS."""

    encoder: tokenizers.Tokenizer
    size: int
    bos: int | None
    eos: int

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Tokenize texts, without special tokens; "</s>" in a text is ordinary text."""
        encoded = self.encoder.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(encoding.ids, np.int32) for encoding in encoded]

    def document(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the tokens with BOS before and EOS after them."""
        start = [] if self.bos is None else [self.bos]
        return np.concatenate([np.array(start, np.int32), tokens, np.array([self.eos], np.int32)])

    def save(self, folder: Path) -> None:
        """Write the tokenizer so that `AutoTokenizer.from_pretrained(folder)` loads it."""
        names = {token_id: name for name, token_id in self.encoder.get_vocab().items()}
        special = {"eos_token": names[self.eos], "pad_token": names[self.eos]}
        if self.bos is not None:
            special["bos_token"] = names[self.bos]
        PreTrainedTokenizerFast(tokenizer_object=self.encoder, **special).save_pretrained(folder)


def load_tokenizer(settings: TokenizerSettings) -> Vocabulary:
    """Load the tokenizer that the settings name; nothing is downloaded.

    Raises InputError if the file is missing, is damaged or defines no EOS.
    """
    if settings.file == "bytes":
        encoder = _byte_tokenizer()
        return Vocabulary(encoder, 259, 256, 257)
    file = Path(settings.file)
    file = file / "tokenizer.json" if file.is_dir() else file
    if not file.is_file():
        raise InputError(f"no tokenizer in {file}: tokenizer.file must be bytes or a local file")
    _check_tokenizer_file(file)
    encoder = tokenizers.Tokenizer.from_file(str(file))
    encoder.encode_special_tokens = True  # "</s>" in a page does not end the document
    encoder.no_truncation()
    encoder.no_padding()
    eos = _special_token(encoder, file, "eos_token", settings.eos)
    if eos is None:
        raise InputError(f"{file} defines no EOS: set tokenizer.eos to one of its tokens")
    bos = _special_token(encoder, file, "bos_token", settings.bos)
    return Vocabulary(encoder, max(encoder.get_vocab().values()) + 1, bos, eos)


def check_tokenizer_folder(folder: Path) -> None:
    """Raise InputError if a model folder has no tokenizer, or one whose files are damaged."""
    if (folder / "tokenizer.json").is_file():
        _check_tokenizer_file(folder / "tokenizer.json")
    elif not any(path for pattern in _OTHER_FORMATS for path in folder.glob(pattern)):
        raise InputError(f"{folder} holds no tokenizer.json: copy it next to config.json")
    if (folder / "tokenizer_config.json").is_file():
        read_object(folder / "tokenizer_config.json")


def _check_tokenizer_file(file: Path) -> None:
    if "model" not in read_object(file):
        raise InputError(f"{file} is not a tokenizer: it has no key 'model'")


def read_object(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises InputError if it holds none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} is not JSON, copy it again: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{file} holds no JSON object, copy it again")
    return content


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
    """Return GPT-2's character for each byte: the byte itself if printable, else from U+0100 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _special_token(
    encoder: tokenizers.Tokenizer, file: Path, role: str, name: str | None
) -> int | None:
    """Return the ID of a special token: `name`, or else the one configured next to the file."""
    if name is None:
        name = _configured(file.parent / "tokenizer_config.json", role)
    if name is None:
        return None
    token_id = encoder.token_to_id(name)
    if token_id is None:
        raise InputError(f"{role} {name!r} is not a token of {file}: set tokenizer.{role[:3]}")
    return int(token_id)


def _configured(file: Path, role: str) -> str | None:
    if not file.is_file():
        return None
    token = read_object(file).get(role)
    name: str | None = token["content"] if isinstance(token, dict) else token
    return name
