"""State in one sentence what recall a corpus has at least, and how many judgements say so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.judging.estimates import CONFIDENCE, Flags, Interval, precision_of, recall_of
from transforms.judging.judged_page import JudgedPage

WEAK = 0.05  # a bound further than this below its estimate is weak
_MOST = 1e6  # times as many pages as were judged


@dataclass(frozen=True)
class Estimates:
    """Precision and recall of a corpus, and the verdicts that they rest on.

    `judged` counts pages of any verdict, `partly` those that count neither way, and `from_below`
    those that the corpus does not have.
    """

    precision: Interval
    recall: Interval
    judged: int
    from_below: int
    partly: int


@dataclass(frozen=True)
class Certificate:
    """The estimates of a corpus and of each language in it, and the sentence that sums them up.

    `more_needed` is the number of further pages to judge until the bound on recall is not weak; 0
    if it is not, and None if no number can be computed.
    """

    overall: Estimates
    per_language: Mapping[str, Estimates]
    more_needed: int | None
    sentence: str


def certify(judged: Sequence[JudgedPage], collected: Flags) -> Certificate:
    """Estimate precision and recall of the pages that `collected` marks.

    If judged pages set the cutoff, `collected` must be that of `cross_fitted`.
    """
    flags = [bool(flag) for flag in collected]
    overall = _estimates(judged, flags)
    pages = list(zip(judged, flags, strict=True))
    per_language = {}
    for language in sorted({page.language for page in judged if page.language}):
        in_language = [(page, flag) for page, flag in pages if page.language == language]
        per_language[language] = _estimates(*zip(*in_language, strict=True))
    more = more_pages_needed(judged, flags)
    return Certificate(overall, per_language, more, _sentence(overall, more))


def more_pages_needed(judged: Sequence[JudgedPage], collected: Flags) -> int | None:
    """Return how many more pages to judge until the bound on recall is close to its estimate.

    They are assumed to be drawn as those before, with the same shares of each verdict. None if no
    mathematics was found among the collected pages, or no page below the cutoff was judged.
    """
    if _gap(judged, collected, _MOST) > WEAK:
        return None
    low, high = 1.0, 1.0
    while _gap(judged, collected, high) > WEAK:
        low, high = high, 2 * high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if _gap(judged, collected, middle) > WEAK else (low, middle)
    return _rounded_up(math.ceil(sum(_pages_more(page, high) for page in judged) - 1e-6))


def _pages_more(page: JudgedPage, times_as_many: float) -> float:
    """Return how many more pages are judged like this one, of all that it stands for at most."""
    return (min(times_as_many, max(1.0, page.weight)) if page.is_drawn else times_as_many) - 1


def _gap(judged: Sequence[JudgedPage], collected: Flags, times_as_many: float) -> float:
    recall = recall_of(judged, collected, times_as_many)
    return math.inf if recall.estimate is None else recall.estimate - recall.at_least


def _rounded_up(number: int) -> int:
    """Round up to two digits.

    >>> [_rounded_up(number) for number in (0, 7, 101, 1234)]
    [0, 7, 110, 1300]
    """
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step


def _estimates(judged: Sequence[JudgedPage], collected: Sequence[bool]) -> Estimates:
    return Estimates(
        precision=precision_of(judged, collected),
        recall=recall_of(judged, collected),
        judged=len(judged),
        from_below=len(judged) - sum(collected),
        partly=sum(not page.is_decided for page in judged),
    )


def _sentence(estimates: Estimates, more: int | None) -> str:
    if not estimates.judged:
        return "recall is unknown: no page was judged"
    counts = (
        f"{_count(estimates.judged, 'page')} judged, {estimates.from_below:,} from below the cutoff"
    )
    recall = estimates.recall
    if recall.estimate is None:
        return f"recall is unknown: {counts}, and none of them is mathematics"
    if not estimates.from_below:
        return f"recall is unknown: {counts}, so nothing bounds what was missed"
    bound = math.floor(recall.at_least * 1000) / 1000  # never more than was shown
    claim = f"recall ≥ {bound:.3f} with {100 * CONFIDENCE:.0f} % confidence; {counts}"
    if more == 0:
        return claim
    if more is None:
        return f"{claim}; the bound is weak, for no judged page of the corpus is mathematics"
    return (
        f"{claim}; the bound is weak: about {_count(more, 'more judged page')} would bring it "
        f"within {WEAK} of the estimate, {recall.estimate:.3f}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
