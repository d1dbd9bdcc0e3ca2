"""Decide whether a model's answer is right: the basis of rewards and of benchmark scores.

Most verdicts take microseconds: both sides are read into exact values and compared. What only
algebra can decide goes to math-verify in a sandbox, so that no verdict costs more than a fixed
number of CPU seconds or depends on how busy the machine is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from training.verifier.compare import Algebra, equal_values
from training.verifier.final_answer import final_answers
from training.verifier.normalise import normalise_latex
from training.verifier.numeric_check import numerically_different
from training.verifier.read import read_answer
from training.verifier.sandbox import run_in_sandbox, warm_sandbox
from training.verifier.values import Formula, Items, Named, Number, Region, Value

Reason = Literal[
    "literal",  # the answer is exactly the gold's text
    "value",  # readings of both were compared exactly
    "numeric",  # two formulas differ in their values
    "algebra",  # math-verify decided
    "no_answer",  # none was found in the text; like all that follow, never equal
    "skipped",  # too large for algebra, not in ASCII, or the CPU seconds of the answer are spent
    "unparsed",  # math-verify cannot read one of the two
    "timeout",
    "memory",
    "crash",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and what decided it."""

    equal: bool
    reason: Reason


_ALGEBRA = "training.verifier.symbolic:equal_symbolically"
_SECONDS = 0.6  # of CPU time that algebra may take for one answer
_SHORTEST = 0.05  # seconds: with less of them left, algebra is not called
_FORK = 0.01  # seconds of overhead of one call
_LONGEST = 1000  # characters of a formula for algebra
_DEEPEST = 40  # nested braces and brackets
_LITERAL = 5000  # characters of the longest text that is compared unread
_SEVERAL = re.compile(r"[,;<>=]|\\(?:begin|cup|cap|le|ge|ne|pm|mp|in|text)(?![A-Za-z])")
_BY_ALGEBRA = {
    "yes": Verdict(True, "algebra"),
    "no": Verdict(False, "algebra"),
    "unknown": Verdict(False, "unparsed"),
    "timeout": Verdict(False, "timeout"),
    "memory": Verdict(False, "memory"),
    "crash": Verdict(False, "crash"),
}
_PRECEDENCE: tuple[Reason, ...] = (  # of the reasons why comparisons of one answer failed
    *("crash", "memory", "timeout", "skipped", "unparsed", "algebra", "numeric"),
)


def is_equal(answer: str, gold: str) -> bool:
    r"""Return whether `answer`, a whole completion or a bare answer, equals `gold`.

    `gold` is LaTeX with or without `$` or a box, or plain text. The conventions are those of
    `compare.py`. Raises RuntimeError if no process can be started, but never because of a text.

    >>> is_equal(r"Half of it, so the answer is $\frac{1}{2}$.", "0.5")
    True
    """
    return judge_answer(answer, gold).equal


def judge_answer(answer: str, gold: str) -> Verdict:
    r"""Return the verdict of `is_equal` with its reason.

    An answer may have several readings. If none of them equals the gold, the reason is the most
    severe of their comparisons: a crash before a timeout, a timeout before a verdict of algebra.

    >>> judge_answer(r"\boxed{0.50}", r"\frac{1}{2}")
    Verdict(equal=True, reason='value')
    """
    _start_algebra()
    if _is_literally(answer, gold):
        return Verdict(True, "literal")
    forms = final_answers(answer)
    if not forms:
        return Verdict(False, "no_answer")
    gold_form = next(iter(final_answers(gold)), None) if r"\boxed" in gold else gold.strip()
    algebra = _LimitedAlgebra()
    equal = gold_form is not None and any(
        _are_equal(form, gold_form, algebra.are_equal) for form in forms
    )
    verdicts = [verdict for verdict in algebra.verdicts.values() if verdict.equal or not equal]
    reasons = {verdict.reason for verdict in verdicts}
    return Verdict(equal, next((reason for reason in _PRECEDENCE if reason in reasons), "value"))


@cache
def _start_algebra() -> None:
    """Start the algebra process once, so that no answer is charged for its imports (a second)."""
    warm_sandbox(_ALGEBRA)


def _is_literally(answer: str, gold: str) -> bool:
    if max(len(answer), len(gold)) > _LITERAL or r"\boxed" in answer:
        return False
    return bool(answer.strip()) and answer.strip() == gold.strip()


def _are_equal(answer: str, gold: str, algebra: Algebra) -> bool:
    """Compare all readings of both, then, if either may be a formula, the whole texts."""
    answers, golds = read_answer(answer), read_answer(gold)
    if any(equal_values(value, other, algebra) for value in golds for other in answers):
        return True
    if not any(isinstance(value, Formula | Named) for value in answers + golds):
        return False
    if _have_other_shapes(answers, golds):
        return False
    return algebra(normalise_latex(gold[:_LITERAL]), normalise_latex(answer[:_LITERAL]))


def _have_other_shapes(answers: Sequence[Value], golds: Sequence[Value]) -> bool:
    """Return whether one side is read as several values or a region, the other as a single one."""
    return any(
        all(map(_is_plural, plural)) and all(map(_is_single, single))
        for plural, single in ((answers, golds), (golds, answers))
    )


def _is_plural(value: Value) -> bool:
    return isinstance(value, Region) or (isinstance(value, Items) and len(value.values) > 1)


def _is_single(value: Value) -> bool:
    if isinstance(value, Formula):
        return _SEVERAL.search(value.latex) is None
    return isinstance(value, Number)


class _LimitedAlgebra:
    """Compares formulas by math-verify until the CPU seconds of one answer are spent."""

    def __init__(self) -> None:
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self._seconds = _SECONDS

    def are_equal(self, gold: str, answer: str) -> bool:
        if gold == answer:
            return True
        if (gold, answer) not in self.verdicts:
            self.verdicts[gold, answer] = self._judge(gold, answer)
        return self.verdicts[gold, answer].equal

    def _judge(self, gold: str, answer: str) -> Verdict:
        if numerically_different(gold, answer):
            return Verdict(False, "numeric")
        if self._seconds < _SHORTEST or not _is_small(gold) or not _is_small(answer):
            return Verdict(False, "skipped")
        result = run_in_sandbox(_ALGEBRA, gold, answer, seconds=self._seconds)
        self._seconds -= result.seconds + _FORK
        return _BY_ALGEBRA[result.outcome]


def _is_small(latex: str) -> bool:
    """Return whether a formula is short, flat and in ASCII, as algebra needs it."""
    if len(latex) > _LONGEST or not latex.isascii():
        return False
    depth = deepest = 0
    for character in latex:
        depth += (character in "({[") - (character in ")}]")
        deepest = max(deepest, depth)
    return deepest <= _DEEPEST
