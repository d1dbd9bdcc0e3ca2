r"""Rewards by rule: for the right final answer, and for the requested format."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.generation.types import Completion
from training.verifier.final_answer import final_answers
from training.verifier.verify import Verdict, judge_answer

_BOX = "\\boxed{"


def judge_answers(items: Sequence[BenchmarkItem], texts: Sequence[str]) -> list[Verdict]:
    """Return the verdict on each text, given the answer of the item at its index.

    The completions of a group end in few distinct answers, so each of these is judged once. Algebra
    runs in separate processes, as many at a time as there are cores; verdicts do not depend on
    that. Raises InputError for an item without an answer.
    """
    for item in items:
        if not item.answer.strip():
            raise InputError(f"{item.source}, row {item.row}, has no answer to compare with")
    pairs = [(text, item.answer) for item, text in zip(items, texts, strict=True)]
    keys = [_key(*pair) for pair in pairs]
    distinct = dict(zip(keys, pairs, strict=True))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        verdicts = pool.map(lambda pair: judge_answer(*pair), distinct.values())
        verdict_of = dict(zip(distinct, verdicts, strict=True))
    return [verdict_of[key] for key in keys]


def _key(text: str, gold: str) -> tuple[str, bool, tuple[str, ...]]:
    """Return everything that the verdict on a text depends on."""
    return gold, text.strip() == gold.strip(), tuple(final_answers(text))


def grade_format(completion: Completion) -> float:
    r"""Return 1 if a completion ends in EOS and has exactly one `\boxed{...}`, not empty, else 0.

    >>> grade_format(Completion((1,), (2,), (0.0,), True, r"So it is \boxed{4}."))
    1.0
    """
    text = completion.text
    if not completion.finished or text.count("\\boxed") != 1 or not _is_closed(text):
        return 0.0
    return float(bool(final_answers(text[text.index(_BOX) :])))


def _is_closed(text: str) -> bool:
    """Return whether the braces of the box are balanced."""
    start = text.find(_BOX)
    if start < 0:
        return False
    depth, index = 1, start + len(_BOX)
    while index < len(text) and depth:
        if text[index] == "\\":
            index += 1  # the next character is escaped: \{ opens nothing
        else:
            depth += (text[index] == "{") - (text[index] == "}")
        index += 1
    return depth == 0
