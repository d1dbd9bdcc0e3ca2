"""How the samples of one problem vote: which answers are the same, and which is right."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Votes:
    """Samples with the right answer, with each wrong one, and with none."""

    correct: int
    wrong: tuple[int, ...]  # one count an answer; equal answers are one, whatever their spelling
    abstaining: int

    @property
    def samples(self) -> int:
        return self.correct + sum(self.wrong) + self.abstaining


def count_votes(
    answers: Sequence[str], right: Sequence[bool], is_equal: Callable[[str, str], bool]
) -> Votes:
    """Count the answers of one problem's samples; "" is a sample without an answer.

    The right ones are one class. A wrong one joins the first class whose first member it is equal
    to, by `is_equal(answer, member)` unless it is spelt alike. Each spelling is compared but once:
    comparing may be dear.

    >>> count_votes(["2", "3", "3.0", ""], [True] + 3 * [False], lambda a, b: float(a) == float(b))
    Votes(correct=1, wrong=(2,), abstaining=1)
    """
    wrong = [answer for answer, is_right in zip(answers, right, strict=True) if not is_right]
    spellings = Counter(wrong)
    abstaining = spellings.pop("", 0)
    classes: dict[str, int] = {}
    for spelling, count in spellings.items():
        same = (one for one in classes if is_equal(spelling, one))
        member = next(same, spelling)
        classes[member] = classes.get(member, 0) + count
    return Votes(len(answers) - len(wrong), tuple(classes.values()), abstaining)


def maj_at_k(votes: Votes, ks: Sequence[int]) -> list[float]:
    """Return Maj@K for each K of `ks`, exactly: over all K-subsets of the samples that voted.

    Of answers with equally many votes the one drawn first wins. In a subset drawn at random each
    of t such answers is first with chance 1 / t, so that is what the right answer gets: no
    tie-break by the order of the samples, which would make Maj@2 differ from Maj@1. Samples
    without an answer are drawn but do not vote; where no sample has one, the majority is wrong.
    Raises ValueError for a K beyond the samples.

    Source: DeepSeekMath (arXiv:2402.03300), section 5.2.2, figure 7; of ties it says nothing.

    >>> maj_at_k(Votes(correct=2, wrong=(1,), abstaining=0), [1, 3])
    [0.6666666666666666, 1.0]
    """
    if not ks or min(ks) < 1 or max(ks) > votes.samples:
        raise ValueError(f"K must lie between 1 and the {votes.samples} samples, not {list(ks)}")
    ordered = Votes(votes.correct, tuple(sorted(votes.wrong, reverse=True)), votes.abstaining)
    wins = _winning_subsets(ordered, max(ks))
    return [float(wins[k] / math.comb(votes.samples, k)) for k in ks]


@lru_cache(maxsize=4096)  # problems often share their counts
def _winning_subsets(votes: Votes, largest: int) -> NDArray[np.float64]:
    """Count the subsets of size 0..largest in which the right answer wins; a tie of t counts 1/t.

    For j right votes the other answers have at most j: one polynomial an answer, in x for the
    samples drawn, in y (rows, T) for the answers that also have j. No term is negative: nothing
    cancels, and floats serve.
    """
    wins = np.zeros(largest + 1)
    for j in range(1, min(votes.correct, largest) + 1):
        rest = largest - j
        ways_TX = np.zeros((min(rest // j, len(votes.wrong)) + 1, rest + 1))
        abstain = min(votes.abstaining, rest) + 1
        ways_TX[0, :abstain] = [math.comb(votes.abstaining, drawn) for drawn in range(abstain)]
        for count in votes.wrong:
            ways_TX = _with_answer(ways_TX, count, j)
        share_T1 = 1 / np.arange(1, len(ways_TX) + 1)[:, None]
        wins[j:] += math.comb(votes.correct, j) * (share_T1 * ways_TX).sum(0)
    return wins


def _with_answer(ways_TX: NDArray[np.float64], count: int, j: int) -> NDArray[np.float64]:
    """Let a wrong answer with `count` samples in all have 0..j of them in the subset."""
    result_TX = ways_TX.copy()
    width = ways_TX.shape[1]
    for drawn in range(1, min(count, j - 1, width - 1) + 1):
        result_TX[:, drawn:] += math.comb(count, drawn) * ways_TX[:, : width - drawn]
    if j <= min(count, width - 1):
        result_TX[1:, j:] += math.comb(count, j) * ways_TX[:-1, : width - j]
    return result_TX
