"""Maj@K: majority voting over the samples of one problem."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Votes:
    """Numbers of samples with the right answer, with each wrong one, and with none."""

    correct: int
    wrong: tuple[int, ...]  # one count per answer; spellings of equal answers are merged
    abstaining: int

    @property
    def samples(self) -> int:
        return self.correct + sum(self.wrong) + self.abstaining


def count_votes(
    answers: Sequence[str], right: Sequence[bool], is_equal: Callable[[str, str], bool]
) -> Votes:
    """Count the answers of one problem's samples; "" is a sample without an answer.

    All right answers form one class. A wrong one joins the first class whose first member it
    equals, by spelling or by `is_equal(answer, member)`. Each spelling is compared only once, since
    a comparison may be expensive.

    >>> count_votes(["2", "3", "3.0", ""], [True] + 3 * [False], lambda a, b: float(a) == float(b))
    Votes(correct=1, wrong=(2,), abstaining=1)
    """
    wrong = [answer for answer, is_right in zip(answers, right, strict=True) if not is_right]
    spellings = Counter(wrong)
    abstaining = spellings.pop("", 0)
    classes: dict[str, int] = {}
    for spelling, count in spellings.items():
        matches = (member for member in classes if is_equal(spelling, member))
        member = next(matches, spelling)
        classes[member] = classes.get(member, 0) + count
    return Votes(len(answers) - len(wrong), tuple(classes.values()), abstaining)


def maj_at_k(votes: Votes, ks: Sequence[int]) -> list[float]:
    """Return Maj@K for each K of `ks`, exactly: the mean over all K-subsets of the samples.

    Among t answers that tie for the most votes the one drawn first wins. In a random subset each
    is first with probability 1 / t, so the right answer gets 1 / t. (Breaking ties by the order of
    the samples would make Maj@2 differ from Maj@1.) Samples without an answer are drawn but do not
    vote; if no sample of a subset has an answer, its majority is wrong. Raises ValueError if `ks`
    is empty or a K is not between 1 and the number of samples.

    Source: DeepSeekMath (arXiv:2402.03300), section 5.2.2, figure 7, which does not mention ties.

    >>> maj_at_k(Votes(correct=2, wrong=(1,), abstaining=0), [1, 3])
    [0.6666666666666666, 1.0]
    """
    if not ks or min(ks) < 1 or max(ks) > votes.samples:
        raise ValueError(f"K must be between 1 and the {votes.samples} samples, not {list(ks)}")
    ordered = Votes(votes.correct, tuple(sorted(votes.wrong, reverse=True)), votes.abstaining)
    wins = _winning_subsets(ordered, max(ks))
    return [float(wins[k] / math.comb(votes.samples, k)) for k in ks]


@lru_cache(maxsize=4096)  # problems often share their counts
def _winning_subsets(votes: Votes, largest: int) -> NDArray[np.float64]:
    """Count the subsets of size 0..largest in which the right answer wins; a t-way tie counts 1/t.

    If the right answer has j votes, every other answer has at most j. The subsets are counted by a
    product of polynomials, one per wrong answer: in x for the samples drawn, and in y (rows, T) for
    the answers that also have j votes. No term is negative, so nothing cancels and floats suffice.
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
    """Multiply by the polynomial of a wrong answer: 0..j of its `count` samples are drawn."""
    result_TX = ways_TX.copy()
    width = ways_TX.shape[1]
    for drawn in range(1, min(count, j - 1, width - 1) + 1):
        result_TX[:, drawn:] += math.comb(count, drawn) * ways_TX[:, : width - drawn]
    if j <= min(count, width - 1):
        result_TX[1:, j:] += math.comb(count, j) * ways_TX[:-1, : width - j]
    return result_TX
