"""Hashes, digests and counts of a text that several stages need."""

import re
from hashlib import blake2b

from xxhash import xxh3_64_intdigest

_FORMULA = re.compile(
    r"(?<!\\)\$\$(?:\\.|[^$\\]){1,20000}\$\$|(?<![\\$])\$(?!\$)(?:\\.|[^$\\\n]){1,20000}\$", re.S
)


def hash64(text: str) -> int:
    """Return XXH3-64 of a text as a signed integer, as Parquet's int64 holds it."""
    return signed64(xxh3_64_intdigest(text.encode()))


def signed64(value: int) -> int:
    """Return an unsigned 64-bit integer as the signed one with the same bits.

    >>> signed64(1), signed64((1 << 64) - 1)
    (1, -1)
    """
    return value - (1 << 64) if value >> 63 else value


def text_digest(text: str) -> str:
    """Return what texts have in common that differ in white space alone."""
    return blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a language model reads in `text`.

    DeepSeek's rule of thumb: .3 a character of English, .6 a character of Chinese; between them,
    .15 for each character and each byte of UTF-8. No tokenizer is asked, so it costs nothing.

    >>> estimate_tokens("ten letters " * 10), estimate_tokens("数学" * 10)
    (36, 12)
    """
    return 3 * (len(text) + len(text.encode())) // 20


def count_formulas(text: str) -> int:
    """Return the number of formulas in a text that `extract` has made.

    >>> count_formulas("from $a$ follows $$b$$")
    2
    """
    return sum(1 for _ in _FORMULA.finditer(text))
