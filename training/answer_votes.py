"""How the samples of one problem vote: which answers are the same, and which is right."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Votes:
    """Samples with the right answer, with each wrong one, and with none."""

    correct: int
    wrong: tuple[int, ...]  # one count an answer; equal answers are one, whatever their spelling
    abstaining: int

    @property
    def samples(self) -> int:
        return self.correct + sum(self.wrong) + self.abstaining


def count_votes(answers: Sequence[str], gold: str, is_equal: Callable[[str, str], bool]) -> Votes:
    """Count the answers of one problem's samples; "" is a sample without an answer.

    An answer joins the first class whose first member it is equal to, by `is_equal(answer, member)`
    unless it is spelt alike. Each spelling is compared once, since comparing may be dear.

    >>> count_votes(["2", "2.0", "3", ""], "2", lambda a, b: float(a) == float(b))
    Votes(correct=2, wrong=(1,), abstaining=1)
    """
    spellings = Counter(answers)
    abstaining = spellings.pop("", 0)
    classes = {gold: 0}
    for spelling, count in spellings.items():
        same = (one for one in classes if spelling == one or is_equal(spelling, one))
        member = next(same, spelling)
        classes[member] = classes.get(member, 0) + count
    correct = classes.pop(gold)
    return Votes(correct, tuple(classes.values()), abstaining)
