r"""Split texts into tokens that do not depend on how they are typeset, and hash them.

Benchmarks and pages go through the same function. A token is a run of letters, a number, a
character of a script without spaces, or a mathematical sign. Case, width, accents, punctuation and
white space do not count, nor does the spelling of LaTeX: `\dfrac` is `\frac`, `≤` and `\leq` are
`\le`, and `\left`, `\,` and `$` are nothing. The work is done on arrays of characters, because a
loop over words takes several times as long.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.decontamination.latex_names import DROPPED, FUNCTIONS, RENAMED, SIGNS
from transforms.text.words import UNSPACED

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LETTER, NUMBER, SIGN, WORD, CHARACTER = range(5)  # kinds of tokens
_SEPARATOR, _LETTER, _GREEK, _DIGIT, _UNSPACED, _SIGN = range(6)  # classes of characters
_ASCII = 128
_CHARACTERS = 0x20000  # those above are tokens by themselves, as they are
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
MULTIPLIER = 0xD1342543DE82EF95  # of n-grams; odd, so that every token counts
_PREFIX_BITS = 14  # of hashes: few other words share those of a name
_BACKSLASH = ord("\\")
_KINDS = np.array([0, WORD, WORD, NUMBER, CHARACTER, SIGN], np.uint8)  # of tokens, by class
_CHUNK = 1 << 16  # characters that are tokenized at once: they fit the cache


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text: their hashes, kinds, and characters `starts[i]:ends[i]` of the text.

    LETTER: a single one. SIGN: of mathematics, or a name in LaTeX. WORD: at least two letters.
    CHARACTER: of a script without spaces.
    """

    hashes: Hashes
    kinds: NDArray[np.uint8]
    starts: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.hashes)


def tokenize(text: str) -> Tokens:
    """Return the tokens of a text, in order."""
    codes, classes, sources = _fold(f" {text} ")
    changes = classes[1:] != classes[:-1]
    changes |= classes[1:] >= _UNSPACED  # a token each
    edges = np.flatnonzero(changes)
    after, before = classes[1:].take(edges), classes.take(edges)
    ends = edges[before != _SEPARATOR] + 1
    is_start = after != _SEPARATOR
    starts = edges[is_start] + 1
    hashes = _hash_runs(codes, starts, ends)
    kinds = _KINDS.take(after[is_start])
    kinds[(ends - starts == 1) & (kinds == WORD)] = LETTER
    is_command = codes.take(starts - 1) == _BACKSLASH
    kinds[is_command] = SIGN
    if sources is not None:
        starts, ends = sources[starts], sources[ends - 1] + 1
    kept = _rename(hashes, kinds, is_command)
    if kept is None:
        return Tokens(hashes, kinds, starts - 1, ends - 1)
    return Tokens(hashes[kept], kinds[kept], starts[kept] - 1, ends[kept] - 1)


def tokenize_all(texts: Sequence[str]) -> tuple[Tokens, Ints]:
    """Return the tokens of all texts, and where each text begins and ends among them.

    Text `i` has the tokens `bounds[i]:bounds[i + 1]`, at characters of this text. Short texts are
    tokenized together, which is many times as fast.
    """
    parts: list[Tokens] = []
    counts = [0]
    first = 0
    while first < len(texts):
        size, last = len(texts[first]), first + 1
        while last < len(texts) and size + len(texts[last]) < _CHUNK:
            size += len(texts[last]) + 1
            last += 1
        tokens = tokenize("\n".join(texts[first:last]))
        ends = np.cumsum([len(text) + 1 for text in texts[first:last]])
        of_text = np.diff(np.searchsorted(tokens.starts, ends), prepend=0)
        counts += of_text.tolist()
        offsets = np.repeat(np.append(0, ends[:-1]), of_text)
        parts.append(replace(tokens, starts=tokens.starts - offsets, ends=tokens.ends - offsets))
        first = last
    parts = parts or [tokenize("")]
    columns = (np.concatenate([getattr(t, f.name) for t in parts]) for f in fields(Tokens))
    return Tokens(*columns), np.cumsum(counts)


def hash_ngrams(hashes: Hashes, length: int) -> Hashes:
    """Return a hash of each run of `length` tokens, in order; none if there are fewer tokens."""
    ngrams, done = hashes, 1
    for bit in f"{length:b}"[1:]:  # doubles what is done; a bit that is set adds a token
        ngrams = ngrams[: max(0, len(ngrams) - done)] * _power(done) + ngrams[done:]
        done *= 2
        if bit == "1":
            ngrams = ngrams[: max(0, len(ngrams) - 1)] * _power(1) + hashes[done:]
            done += 1
    return ngrams


@cache
def _power(exponent: int) -> np.uint64:
    return np.uint64(pow(MULTIPLIER, exponent, 1 << 64))


@dataclass(frozen=True)
class _CharacterTable:
    """What each character is folded to: `expanded[offsets[c]:][:lengths[c]]`, with its class."""

    expanded: NDArray[np.uint32]
    offsets: Ints
    lengths: NDArray[np.uint8]
    classes: NDArray[np.uint8]  # of folded characters
    of_ascii: bytes  # the classes of ASCII characters, for `bytes.translate`


@cache
def _character_table() -> _CharacterTable:
    characters = "".join(map(chr, range(_CHARACTERS)))
    unspaced = {match.start() for match in re.finditer(f"[{UNSPACED}]", characters)}
    folded = [_folded(c, i in unspaced) for i, c in enumerate(characters)]
    lengths = np.array([len(text) for text in folded], np.uint8)
    expanded = np.array([ord(c) for text in folded for c in text], np.uint32)
    classes = np.array([_class(c, i in unspaced) for i, c in enumerate(characters)], np.uint8)
    classes[-1] = _UNSPACED  # stands for all that are above
    offsets = np.cumsum(lengths, dtype=np.int64) - lengths
    of_ascii = bytes(classes[ord(chr(i).lower())] for i in range(128)).ljust(256, b"\0")
    return _CharacterTable(expanded, offsets, lengths, classes, of_ascii)


def _fold(text: str) -> tuple[NDArray[Any], NDArray[np.uint8], Ints | None]:
    """Return the folded characters, their classes, and the positions they come from.

    None instead of positions: all are ASCII, each at its own position.
    """
    table = _character_table()
    if text.isascii():
        data = text.encode()
        classes = np.frombuffer(data.translate(table.of_ascii), np.uint8)
        return np.frombuffer(data.lower(), np.uint8), classes, None
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    others = np.flatnonzero(codes >= _ASCII)
    known = np.minimum(codes[others], _CHARACTERS - 1)
    if (table.lengths[known] != 1).any():
        return _expand(codes)
    data = codes.astype(np.uint8).tobytes()  # characters above ASCII are set below
    classes = np.frombuffer(data.translate(table.of_ascii), np.uint8).copy()
    folded = np.frombuffer(data.lower(), np.uint8).astype(np.uint32)
    folded[others] = _above_table(table.expanded[table.offsets[known]], codes[others])
    classes[others] = table.classes[np.minimum(folded[others], _CHARACTERS - 1)]
    return folded, classes, None


def _expand(codes: NDArray[np.uint32]) -> tuple[NDArray[Any], NDArray[np.uint8], Ints]:
    """Fold characters of which some become none, or several."""
    table = _character_table()
    known = np.minimum(codes, _CHARACTERS - 1)
    lengths = table.lengths[known].astype(np.int64)
    sources = np.repeat(np.arange(len(codes)), lengths)
    within = np.arange(len(sources)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    expanded = table.expanded[table.offsets[known[sources]] + within]
    folded = _above_table(expanded, codes[sources])
    return folded, table.classes[np.minimum(folded, _CHARACTERS - 1)], sources


def _above_table(folded: NDArray[np.uint32], codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return `folded`, but the characters that the table does not have as they are."""
    return np.where(codes < _CHARACTERS, folded, codes)


def _folded(character: str, is_unspaced: bool) -> str:
    """Return a character in lower case, in plain width, and without accents; "" for invisible ones.

    >>> _folded("Ä", False), _folded("ﬁ", False), _folded("\u200b", False)
    ('a', 'fi', '')
    """
    if character in SIGNS:
        return character
    if is_unspaced:
        return unicodedata.normalize("NFKC", character)
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    parts = unicodedata.normalize("NFKD", character).casefold()
    return "".join(c for c in parts if unicodedata.category(c) not in ("Mn", "Me", "Cf"))


def _class(character: str, is_unspaced: bool) -> int:
    if character in SIGNS and not "\u03b1" <= character <= "\u03c9":
        return _SIGN
    if is_unspaced:
        return _UNSPACED
    if "\u0370" <= character <= "\u03ff" and character.isalpha():
        return _GREEK  # apart from Latin letters: in "πr²" there are two
    if character.isdigit():
        return _DIGIT
    return _LETTER if character.isalpha() else _SEPARATOR


def _hash_runs(codes: NDArray[Any], starts: Ints, ends: Ints) -> Hashes:
    """Return a hash of each run of characters: a polynomial modulo 2**64, its bits mixed."""
    powers, inverses = _powers(len(codes).bit_length())
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes * powers[: len(codes)], out=sums[1:])
    hashes: Hashes = (sums.take(ends) - sums.take(starts)) * inverses.take(starts)
    hashes ^= hashes >> np.uint64(32)
    hashes *= _power(1)
    hashes ^= hashes >> np.uint64(29)
    return hashes


@cache
def _powers(bits: int) -> tuple[Hashes, Hashes]:
    """Return 2**`bits` powers of _BASE and of its inverse."""
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    first, second = (
        np.cumprod(np.full(1 << bits, base, np.uint64), dtype=np.uint64) for base in bases
    )
    return first, second


@dataclass(frozen=True)
class _Names:
    """Names of LaTeX, by their hashes; `may_be` has a bit for the first bits of each hash."""

    may_be: Bools
    names: Hashes  # sorted
    compared_as: Hashes  # 0: left out
    is_plain: Bools  # with or without a backslash


def _rename(hashes: Hashes, kinds: NDArray[np.uint8], is_command: Bools) -> Bools | None:
    """Replace the hashes of other spellings, in place, and return which tokens count; None: all."""
    names = _names()
    prefixes = (hashes >> np.uint64(64 - _PREFIX_BITS)).view(np.int64)
    positions = np.flatnonzero(names.may_be.take(prefixes))
    numbers = np.minimum(np.searchsorted(names.names, hashes[positions]), len(names.names) - 1)
    is_name = names.names[numbers] == hashes[positions]
    is_name &= is_command[positions] | names.is_plain[numbers]
    positions, compared_as = positions[is_name], names.compared_as[numbers[is_name]]
    hashes[positions] = compared_as
    kinds[positions] = SIGN
    dropped = positions[compared_as == 0]
    if not len(dropped):
        return None
    kept = np.ones(len(hashes), np.bool_)
    kept[dropped] = False
    return kept


@cache
def _names() -> _Names:
    compared_as = dict.fromkeys(DROPPED, "") | {name: name for name in FUNCTIONS} | RENAMED | SIGNS
    rows = sorted(
        (_hash(name), _hash(other) if other else 0, name in FUNCTIONS or name in SIGNS)
        for name, other in compared_as.items()
    )
    names = np.array([row[0] for row in rows], np.uint64)
    may_be = np.zeros(1 << _PREFIX_BITS, np.bool_)
    may_be[names >> np.uint64(64 - _PREFIX_BITS)] = True
    others = np.array([row[1] for row in rows], np.uint64)
    return _Names(may_be, names, others, np.array([row[2] for row in rows], np.bool_))


def _hash(name: str) -> int:
    codes = np.array([ord(character) for character in name], np.uint32)
    return int(_hash_runs(codes, np.array([0]), np.array([len(codes)]))[0])
