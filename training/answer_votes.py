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
