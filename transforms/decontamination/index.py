"""Index the n-grams of benchmarks, in one file that all processes of a worker map into memory."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from schemas.benchmarks import BenchmarkItem
from transforms.decontamination.normalise import (
    CHARACTER,
    MULTIPLIER,
    NUMBER,
    SIGN,
    WORD,
    Hashes,
    Ints,
    Tokens,
    hash_ngrams,
    tokenize_all,
)

_MIN_WORDS = 3  # an n-gram with fewer different words is a formula or a list, and weighs nothing
_FIFTHS_A_WORD, _FIFTHS_A_CHARACTER = 5, 3  # two Chinese characters are little more than a word
_BITS_A_HASH = 32  # of the bitmap, at least: at most 3 % of other hashes have their bit set
_PREFIX_BITS = 20  # so many that few other runs of tokens share those of a question
_MOST = (1 << 64) - 1
_BITS = np.array([1, 2, 4, 8, 16, 32, 64, 128], np.uint8)
_SPECIFIC_TOKENS = 6  # a shorter question without a number is a phrase: "Which statement is true?"
_OPERATOR = re.compile(r"[+=<>/!]|[-\u2212](?![^\W\d_]{2})")  # no hyphen

Uint32s = NDArray[np.uint32]


@dataclass(frozen=True)
class Ngrams:
    """N-gram `i` has hash `hashes[i]` (ascending) and is in the texts `texts[first[i]:first[i+1]]`.

    `positions` are its first tokens there. `weights` are from 0 to 1.
    """

    hashes: Hashes
    bitmap: NDArray[np.uint8]  # a bit for the first bits of each hash
    weights: NDArray[np.float32]
    first: Uint32s
    texts: Uint32s
    positions: Uint32s


@dataclass(frozen=True)
class ShortQuestions:
    """Questions of fewer tokens than an n-gram, by the hash of all their tokens (ascending)."""

    hashes: Hashes
    prefixes: NDArray[np.uint8]  # 1 for the first bits of the hash of their first tokens
    texts: Uint32s
    is_specific: NDArray[np.uint8]  # no phrase that stands in other texts too
    operators: Sequence[str]


@dataclass(frozen=True)
class Texts:
    """Questions and solutions: text `i` is that of the items `names[first_name[i]:...]`."""

    lengths: Uint32s  # in tokens
    is_question: NDArray[np.uint8]
    first_name: Uint32s
    names: Sequence[str]  # path of the benchmark without its suffix, #, and the row

    def names_of(self, text: int) -> Sequence[str]:
        """Return the items that have a text."""
        return self.names[int(self.first_name[text]) : int(self.first_name[text + 1])]


@dataclass(frozen=True)
class BenchmarkIndex:
    """The texts of benchmarks, by n-grams of `ngram` tokens.

    Questions of fewer tokens, but at least `short_ngram`, are indexed whole.
    """

    ngram: int
    short_ngram: int
    ngrams: Ngrams
    shorts: ShortQuestions
    texts: Texts

    def find(self, hashes: Hashes) -> tuple[Ints, Ints]:
        """Return which of these hashes of n-grams are indexed, and their numbers in the index."""
        indexed, bitmap = self.ngrams.hashes, self.ngrams.bitmap
        bits = hashes >> np.uint64(64 - (8 * len(bitmap) - 1).bit_length())
        in_bytes = bitmap.take((bits >> np.uint64(3)).view(np.int64))
        masks = _BITS.take((bits & np.uint64(7)).view(np.int64))
        positions = np.flatnonzero(in_bytes & masks)
        numbers = np.searchsorted(indexed, hashes[positions])
        numbers = np.minimum(numbers, len(indexed) - 1)
        is_found = indexed[numbers] == hashes[positions] if len(indexed) else numbers >= 0
        return positions[is_found], numbers[is_found]

    def find_short(self, hashes: Hashes) -> list[tuple[int, int]]:
        """Return at which of these tokens a short question begins, and its number in `shorts`."""
        prefixes = hash_ngrams(hashes, self.short_ngram)
        first_bits = (prefixes >> np.uint64(64 - _PREFIX_BITS)).view(np.int64)
        starts = np.flatnonzero(self.shorts.prefixes.take(first_bits))
        found = []
        for start in starts.tolist():  # few: nearly all of them begin a question
            whole = int(prefixes[start])
            end = start + self.short_ngram
            for token in [None, *hashes[end : start + self.ngram - 1].tolist()]:
                if token is not None:
                    whole = (whole * MULTIPLIER + token) & _MOST
                found += [(start, number) for number in self._short_numbers.get(whole, ())]
        return found

    @cached_property
    def _short_numbers(self) -> dict[int, list[int]]:
        """The short questions by hash: those with the same tokens differ in signs."""
        numbers: dict[int, list[int]] = {}
        for number, whole in enumerate(self.shorts.hashes.tolist()):
            numbers.setdefault(whole, []).append(number)
        return numbers


def operators(text: str) -> str:
    """Return the signs of operations in a text, which are no tokens; hyphens are none.

    >>> operators("a two-digit $x - 3 = 5$")
    '-='
    """
    return "".join(_OPERATOR.findall(text)).replace("\u2212", "-")


def index_benchmarks(
    items: Sequence[BenchmarkItem], ngram: int, short_ngram: int
) -> BenchmarkIndex:
    """Index every `ngram` consecutive tokens of questions and solutions, and short questions.

    Texts that are equal after normalisation are one, with several names.
    """
    texts = [text for item in items for text in (item.question, item.solution)]
    tokens, bounds = tokenize_all(texts)
    signs = _short_operators(texts, tokens, bounds, ngram, short_ngram)
    groups = _equal_texts(tokens.hashes, bounds, signs, ngram, short_ngram)
    firsts = np.array([group[0] for group in groups], np.int64)
    starts, lengths = bounds[firsts], np.diff(bounds)[firsts]
    names = [
        f"{items[text // 2].source}#{items[text // 2].row}" for group in groups for text in group
    ]
    first_name = np.cumsum([0, *map(len, groups)])
    questions = _questions_of(groups, len(items))
    return BenchmarkIndex(
        ngram,
        short_ngram,
        _ngrams(tokens.hashes, tokens.kinds, starts, lengths, questions, ngram),
        _short_questions(
            tokens, starts, lengths, [signs.get(f, "") for f in firsts.tolist()], ngram, short_ngram
        ),
        Texts(
            lengths.astype(np.uint32),
            (firsts % 2 == 0).astype(np.uint8),
            first_name.astype(np.uint32),
            names,
        ),
    )


def _short_operators(
    texts: Sequence[str], tokens: Tokens, bounds: Ints, ngram: int, short_ngram: int
) -> dict[int, str]:
    """Return the signs of operations of each short question, by the number of its text."""
    lengths = np.diff(bounds)[::2]
    numbers = 2 * np.flatnonzero((lengths >= short_ngram) & (lengths < ngram))
    return {
        n: operators(texts[n][tokens.starts[bounds[n]] : tokens.ends[bounds[n + 1] - 1]])
        for n in numbers.tolist()
    }


def _equal_texts(
    hashes: Hashes, bounds: Ints, signs: Mapping[int, str], ngram: int, short_ngram: int
) -> list[list[int]]:
    """Group the texts that are indexed by their tokens; those with even numbers are questions."""
    groups: dict[tuple[bytes, bool, str], list[int]] = {}
    ends = bounds.tolist()
    for number in range(len(ends) - 1):
        start, end = ends[number], ends[number + 1]
        if end - start >= (short_ngram if number % 2 == 0 else ngram):
            key = hashes[start:end].tobytes(), number % 2 == 0, signs.get(number, "")
            groups.setdefault(key, []).append(number)
    return list(groups.values())


def _questions_of(groups: Sequence[Sequence[int]], items: int) -> Ints:
    """Return for each text the question that it belongs to, so that copies of items count once."""
    question = np.arange(items)
    for group in groups:
        if group[0] % 2 == 0:
            question[np.array(group) // 2] = group[0] // 2
    return question[np.array([group[0] // 2 for group in groups], np.int64)]


def _ngrams(
    hashes: Hashes,
    kinds: NDArray[np.uint8],
    starts: Ints,
    lengths: Ints,
    questions: Ints,
    ngram: int,
) -> Ngrams:
    counts = np.maximum(lengths - ngram + 1, 0)
    texts = np.repeat(np.arange(len(starts)), counts)
    positions = np.arange(len(texts)) - np.repeat(np.cumsum(counts) - counts, counts)
    tokens = starts[texts] + positions
    of_token = hash_ngrams(hashes, ngram)[tokens]
    order = np.argsort(of_token, kind="stable")
    ordered, texts, positions, tokens = (
        of_token[order],
        texts[order],
        positions[order],
        tokens[order],
    )
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    first = np.flatnonzero(is_first)
    fifths = _different_words(hashes, kinds, ngram)[tokens[first]]
    items = _different_items(np.cumsum(is_first) - 1, questions[texts], len(first))
    weights = np.where(fifths >= _MIN_WORDS * _FIFTHS_A_WORD, 1 / np.sqrt(items), 0)
    return Ngrams(
        ordered[first],
        bitmap_of(ordered[first]),
        weights.astype(np.float32),
        np.append(first, len(ordered)).astype(np.uint32),
        texts.astype(np.uint32),
        positions.astype(np.uint32),
    )


def _different_words(hashes: Hashes, kinds: NDArray[np.uint8], ngram: int) -> NDArray[np.uint16]:
    """Return how many different words each n-gram has, in fifths: three for a character."""
    gaps = np.full(len(hashes), ngram, np.uint16)  # to the nearest equal token before
    for gap in range(ngram - 1, 0, -1):
        gaps[gap:][hashes[gap:] == hashes[:-gap]] = gap
    sizes = np.zeros(CHARACTER + 1, np.uint16)
    sizes[WORD], sizes[CHARACTER] = _FIFTHS_A_WORD, _FIFTHS_A_CHARACTER
    sizes = sizes[kinds]
    fifths = np.zeros(max(0, len(hashes) - ngram + 1), np.uint16)
    for i in range(ngram):
        fifths += (sizes * (gaps > i))[i : i + len(fifths)]
    return fifths


def _different_items(numbers: Ints, questions: Ints, ngrams: int) -> Ints:
    """Return in how many different items each n-gram occurs; `numbers` are ascending."""
    counts = np.bincount(numbers, minlength=ngrams)
    is_shared = counts[numbers] > 1
    pairs = np.unique(numbers[is_shared] << 32 | questions[is_shared])
    counts[counts > 1] = 0
    return counts + np.bincount(pairs >> 32, minlength=ngrams)


def bitmap_of(hashes: Hashes) -> NDArray[np.uint8]:
    """Return a bitmap with a bit set for the first bits of each hash; `hashes` are ascending."""
    bits = max(3, (_BITS_A_HASH * len(hashes)).bit_length())
    bitmap = np.zeros(1 << bits - 3, np.uint8)
    positions = hashes >> np.uint64(64 - bits)
    masks = np.uint8(1) << (positions & np.uint64(7)).astype(np.uint8)
    in_bytes, first = np.unique(positions >> np.uint64(3), return_index=True)
    if len(first):
        bitmap[in_bytes] = np.bitwise_or.reduceat(masks, first)
    return bitmap


def _short_questions(
    tokens: Tokens,
    starts: Ints,
    lengths: Ints,
    signs: Sequence[str],
    ngram: int,
    short_ngram: int,
) -> ShortQuestions:
    rows = []
    prefixes = np.zeros(1 << _PREFIX_BITS, np.uint8)
    for text in np.flatnonzero(lengths < ngram).tolist():
        of_text = slice(starts[text], starts[text] + lengths[text])
        hashes = tokens.hashes[of_text]
        prefixes[hash_ngrams(hashes, short_ngram)[0] >> np.uint64(64 - _PREFIX_BITS)] = 1
        has_number = np.isin(tokens.kinds[of_text], (NUMBER, SIGN)).any()
        is_specific = bool(has_number or len(hashes) >= _SPECIFIC_TOKENS)
        rows.append((int(hash_ngrams(hashes, len(hashes))[0]), text, is_specific, signs[text]))
    rows.sort()
    return ShortQuestions(
        np.array([row[0] for row in rows], np.uint64),
        prefixes,
        np.array([row[1] for row in rows], np.uint32),
        np.array([row[2] for row in rows], np.uint8),
        [row[3] for row in rows],
    )
