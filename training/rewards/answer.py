"""Is the final answer of a completion right? `judge_answers(items, texts)`, many at a time."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.verifier.final_answer import final_answers
from training.verifier.verify import Verdict, judge_answer


def judge_answers(items: Sequence[BenchmarkItem], texts: Sequence[str]) -> list[Verdict]:
    """Return whether each text ends in the answer of the item at its index, and why.

    The completions of a group end in few distinct answers: each is judged once. Algebra runs in
    separate processes, as many at a time as there are cores; verdicts do not depend on that. Raises
    InputError for an item without an answer.
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
