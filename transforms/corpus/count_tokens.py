"""Count the tokens of a text with a tokenizer of the library `tokenizers`, or estimate them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from schemas.errors import InputError
from schemas.manifest import Output
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import describe
from transforms.text.fingerprints import estimate_tokens

ESTIMATE = "estimate"  # instead of the digest of a tokenizer
_PATH = "tokenizer/tokenizer.json"


def parse_tokenizer(data: bytes, source: str) -> Any:
    """Return the tokenizer of a `tokenizer.json`; raises InputError, with `source`, if it is none.

    It neither truncates nor pads, whatever the file says.
    """
    from tokenizers import Tokenizer  # only runs that name a tokenizer need it

    try:
        tokenizer = Tokenizer.from_str(data.decode())
    except Exception as error:  # the library raises no other class
        raise InputError(f"{source} is not a file of the library tokenizers: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def save_tokenizer(data: bytes, tree: OutputTree) -> Output:
    """Write a tokenizer into the output tree for the workers; return the file, with its digest."""
    with tree.create(_PATH) as local:
        local.write_bytes(data)
        return describe(local, _PATH, 0)


def token_counter(file: Output | None, tree: OutputTree) -> Callable[[str], int]:
    """Return the function that counts the tokens of a text, without special ones.

    `file` is what `save_tokenizer` returned; without one, tokens are estimated.
    """
    if file is None:
        return estimate_tokens
    tokenizer = _load(file, tree)
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False))


@lru_cache(maxsize=1)
def _load(file: Output, tree: OutputTree) -> Any:
    return parse_tokenizer(tree.read_verified(file), tree.at(file.path))
