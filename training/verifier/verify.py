"""Whether a model's answer is the right one: the reward, and the mark, of everything that follows.

Most verdicts take microseconds: both sides are read into exact values and compared. What only
algebra can tell is asked of math-verify in a process with limits, so that a verdict never costs
more than a fixed number of CPU-seconds, whatever a model has written, and does not depend on how
busy the machine is.
"""

from collections import Counter
from collections.abc import Callable
from threading import Lock

from training.verifier.compare import equal_values
from training.verifier.final_answer import final_answers
from training.verifier.normalise import normalise_latex
from training.verifier.numeric_check import numerically_different
from training.verifier.read import read_answer
from training.verifier.sandbox import ask_limited, prepare_limited
from training.verifier.values import Formula, Named

_ALGEBRA = "training.verifier.symbolic:equal_symbolically"
_SECONDS = 0.6  # of CPU time that algebra may take for one answer
_SHORTEST = 0.05  # seconds: with less of them left no question is asked
_FORK = 0.01  # seconds that an ask costs beside
_LONGEST = 1000  # characters of a formula that algebra is asked about
_DEEPEST = 40  # braces and brackets within each other
_LITERAL = 5000  # characters of the longest text that is compared as it stands
_LOSSES = {"unknown": "unparsed", "timeout": "timeout", "memory": "memory", "crash": "crash"}

_counters: Counter[str] = Counter()
_counting = Lock()  # answers may be judged in several threads


def is_equal(answer: str, gold: str) -> bool:
    r"""Return whether `answer`, a whole output or a bare answer, says what `gold` says.

    `gold` is LaTeX with or without `$` or a box, or plain text. The conventions are those of
    `compare_answers`. Raises RuntimeError where the machine can run no process; no text raises.

    >>> is_equal(r"Half of it, so the answer is $\frac{1}{2}$.", "0.5")
    True
    """
    with _counting:
        if not _counters["answers"]:
            prepare_limited(_ALGEBRA)  # its second or so is no answer's to pay
        _counters["answers"] += 1
    if _is_literally(answer, gold):
        return True
    forms = final_answers(answer)
    if not forms:
        _count("no answer")
        return False
    golds = final_answers(gold) if r"\boxed" in gold else [gold.strip()]
    algebra = _limited_algebra()
    return any(_says(form, one, algebra) for form in forms for one in golds[:1])


def counters() -> dict[str, int]:
    """Return how many answers this process has judged, and what became of the hard ones.

    `answers`; `no answer`: none was found. `far apart`: formulas told apart by their values alone,
    a False. `algebra`: questions to math-verify, which ended in
    `verdicts`, or were `unparsed` or stopped by `timeout`, `memory` or `crash`, all four a False.
    `not asked`, a False too: what is too large, in words, or beyond the seconds of one answer.
    """
    return dict(_counters)


def _count(name: str) -> None:
    with _counting:
        _counters[name] += 1


def _is_literally(answer: str, gold: str) -> bool:
    if max(len(answer), len(gold)) > _LITERAL or r"\boxed" in answer:
        return False
    return bool(answer.strip()) and answer.strip() == gold.strip()


def _says(answer: str, gold: str, algebra: Callable[[str, str], bool]) -> bool:
    """Compare every reading of both, then, if either may be a formula, all that they say."""
    answers, golds = read_answer(answer), read_answer(gold)
    if any(equal_values(one, other, algebra) for one in golds for other in answers):
        return True
    if not any(isinstance(value, Formula | Named) for value in answers + golds):
        return False
    return algebra(normalise_latex(gold[:_LITERAL]), normalise_latex(answer[:_LITERAL]))


def _limited_algebra() -> Callable[[str, str], bool]:
    """Return a function that asks math-verify, until the seconds of one answer are spent."""
    asked: dict[tuple[str, str], bool] = {}
    left = _SECONDS

    def algebra(gold: str, answer: str) -> bool:
        nonlocal left
        if gold == answer:
            return True
        if (gold, answer) not in asked:
            asked[gold, answer] = False
            if numerically_different(gold, answer):
                _count("far apart")
                return False
            if left < _SHORTEST or not _is_askable(gold) or not _is_askable(answer):
                _count("not asked")
                return False
            reply = ask_limited(_ALGEBRA, gold, answer, seconds=left)
            left -= reply.seconds + _FORK
            _count("algebra")
            _count(_LOSSES.get(reply.answer, "verdicts"))
            asked[gold, answer] = reply.answer == "yes"
        return asked[gold, answer]

    return algebra


def _is_askable(latex: str) -> bool:
    """Tell formulas from what is too large for algebra, or in words of another script."""
    if len(latex) > _LONGEST or not latex.isascii():
        return False
    depth = deepest = 0
    for sign in latex:
        depth += (sign in "({[") - (sign in ")}]")
        deepest = max(deepest, depth)
    return deepest <= _DEEPEST
