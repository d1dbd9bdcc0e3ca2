"""Find benchmark texts in a text, and decide which of them are contamination.

Candidates are those of the paper: every shared n-gram, and short questions as a whole. Those of one
benchmark text that are near one another are a match.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.settings import Decontamination
from transforms.decontamination.index import BenchmarkIndex, operators
from transforms.decontamination.normalise import (
    NUMBER,
    Bools,
    Ints,
    Tokens,
    hash_ngrams,
    tokenize,
)

_MOST_POSTINGS = 1 << 20  # of the n-grams of a page; if there are more, one text for each n-gram
_GAP = 30  # tokens between n-grams of one match: a figure or a changed sentence
_WHOLE = 0.9  # of the tokens of a question: all but its punctuation and a changed word
_ENOUGH = 20.0  # n-grams, if they have full weight: 29 tokens, of whatever share of a text
_LEAST = {True: 2.0, False: 10.0}  # of a question, of a solution, which repeats what is known
_LEAST_OF_BEGINNING = 1.0  # of a question, where a sentence begins with it
_SENTENCES = 16  # tokens: a shorter question counts if it begins and ends with a sentence
_BEGIN = re.compile(r"[\n.!?:;)\]*|>#\u3002\uff01\uff1f\uff1a\uff1b\uff09\u3001]")
_END = re.compile(r"[\n!?:;(\[|\u3002\uff01\uff1f\uff1a\uff1b\uff08]|\.(?!\d)")


@dataclass(frozen=True)
class HostCounts:
    """On how many hosts of the crawl n-grams of the index occur, of those on several."""

    numbers: Ints  # of n-grams, ascending
    hosts: Ints

    def of(self, numbers: Ints) -> Ints:
        """Return the counts of n-grams."""
        if not len(self.numbers):
            return np.ones(len(numbers), np.int64)
        at = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        return np.where(self.numbers[at] == numbers, self.hosts[at], 1)


NO_HOSTS = HostCounts(np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True)
class Match:
    """A benchmark text, by its number in the index, in the tokens `tokens` of a text.

    `coverage` is the share of the benchmark text's tokens that occur there, `weight` the sum of the
    weights of its different n-grams.
    """

    text: int
    tokens: Ints
    coverage: float
    weight: float
    is_beginning: bool = False  # whether its first token is that of the benchmark text


def contamination(
    text: str,
    index: BenchmarkIndex,
    settings: Decontamination,
    hosts: HostCounts = NO_HOSTS,
) -> tuple[Tokens, list[Match]]:
    """Return the tokens of a text, and the matches that are contamination by the rule, in order."""
    tokens = tokenize(text)
    positions, numbers = index.find(hash_ngrams(tokens.hashes, index.ngram))
    matches: list[Match] = []
    if len(positions):
        matches = _matches(positions, numbers, index, hosts, settings)
    if settings.rule == "evidence":
        matches = [m for m in matches if _is_evidence(m, text, tokens, index, settings)]
    for start, number in index.find_short(tokens.hashes):
        short = int(index.shorts.texts[number])
        match = Match(short, start + np.arange(index.texts.lengths[short]), 1.0, 0.0)
        if settings.rule == "paper" or _is_question(match, text, tokens, index, number):
            matches.append(match)
    return tokens, sorted(matches, key=lambda match: (match.tokens[0], match.text))


def _matches(
    positions: Ints,
    numbers: Ints,
    index: BenchmarkIndex,
    hosts: HostCounts,
    settings: Decontamination,
) -> list[Match]:
    """Group n-grams at these positions of a text by benchmark text and nearness.

    Groups that cannot be evidence are left out, unless the rule is that of the paper.
    """
    ngrams, length = index.ngrams, index.ngram
    counts = ngrams.first[numbers + 1].astype(np.int64) - ngrams.first[numbers]
    if counts.sum() > _MOST_POSTINGS:  # a list that is repeated without end
        counts = np.minimum(counts, 1)
    each = np.repeat(np.arange(len(numbers)), counts)
    postings = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
    postings += ngrams.first[numbers[each]]
    texts, places = ngrams.texts[postings], ngrams.positions[postings].astype(np.int64)
    weights = (ngrams.weights[numbers] / np.sqrt(hosts.of(numbers)))[each]
    order = np.lexsort((positions[each], texts))
    texts, places, weights, starts = (
        texts[order],
        places[order],
        weights[order],
        positions[each][order],
    )
    is_new = np.ones(len(texts), np.bool_)
    is_new[1:] = (texts[1:] != texts[:-1]) | (np.diff(starts) > length + _GAP)
    bounds = np.append(np.flatnonzero(is_new), len(texts))
    groups = np.flatnonzero(_may_be_evidence(bounds, texts, weights, index, settings))
    return [
        _match(int(texts[bounds[i]]), starts[run], places[run], weights[run], index)
        for i in groups.tolist()
        for run in [slice(bounds[i], bounds[i + 1])]
    ]


def _may_be_evidence(
    bounds: Ints,
    texts: NDArray[np.uint32],
    weights: NDArray[np.float64],
    index: BenchmarkIndex,
    settings: Decontamination,
) -> Bools:
    """Return which groups of n-grams may be evidence, by their numbers and weights alone."""
    sums = np.add.reduceat(weights, bounds[:-1])
    most_tokens = np.diff(bounds) * index.ngram
    coverage = most_tokens / index.texts.lengths[texts[bounds[:-1]]]
    is_part = (coverage >= settings.min_coverage) & (sums >= _LEAST_OF_BEGINNING)
    may_be: Bools = is_part | (coverage >= _WHOLE) | (sums >= _ENOUGH)
    return may_be if settings.rule == "evidence" else np.ones(len(may_be), np.bool_)


def _match(
    text: int, starts: Ints, places: Ints, weights: NDArray[np.float64], index: BenchmarkIndex
) -> Match:
    """Return the match of n-grams that begin at tokens `starts` of a page, `places` of a text."""
    different, at = np.unique(places, return_index=True)
    covered = int(np.minimum(np.diff(different), index.ngram).sum()) + index.ngram
    tokens = np.unique(starts[:, None] + np.arange(index.ngram))
    coverage = covered / int(index.texts.lengths[text])
    return Match(text, tokens, coverage, float(weights[at].sum()), bool(different[0] == 0))


def _is_evidence(
    match: Match, text: str, tokens: Tokens, index: BenchmarkIndex, settings: Decontamination
) -> bool:
    """Return whether a match is contamination: enough of a text, or enough that nobody else writes.

    A question that is there as a whole counts, whatever it consists of.
    """
    is_question = bool(index.texts.is_question[match.text])
    is_whole = is_question and match.coverage >= _WHOLE
    if index.texts.lengths[match.text] < _SENTENCES:
        return is_whole and _is_sentence(match, text, tokens)
    least = _LEAST[is_question]
    if is_question and match.is_beginning and _begins_sentence(match, text, tokens):
        least = _LEAST_OF_BEGINNING
    is_part = match.coverage >= settings.min_coverage and match.weight >= least
    return is_whole or is_part or match.weight >= _ENOUGH


def _is_question(
    match: Match, text: str, tokens: Tokens, index: BenchmarkIndex, number: int
) -> bool:
    """Return whether a short question is asked here, and is not a part of other sentences."""
    first, last = match.tokens[0], match.tokens[-1]
    written = text[tokens.starts[first] : tokens.ends[last]]
    return bool(
        index.shorts.is_specific[number]
        and _is_sentence(match, text, tokens)
        and operators(written) == index.shorts.operators[number]
    )


def _is_sentence(match: Match, text: str, tokens: Tokens) -> bool:
    """Return whether what matches begins after a boundary of sentences, and ends before one."""
    last = int(match.tokens[-1])
    after = "\n"
    if last + 1 < len(tokens):  # with a character of it: 4.5 is one number
        after = text[tokens.ends[last] : tokens.starts[last + 1] + 1]
    return bool(_begins_sentence(match, text, tokens) and _END.search(after))


def _begins_sentence(match: Match, text: str, tokens: Tokens) -> bool:
    """Return whether what matches begins after a boundary of sentences, or a number."""
    first = int(match.tokens[0])
    before = text[tokens.ends[first - 1] : tokens.starts[first]] if first else "\n"
    is_numbered = first > 0 and tokens.kinds[first - 1] == NUMBER
    return bool(is_numbered or _BEGIN.search(before))
