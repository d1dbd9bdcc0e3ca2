"""Is the final answer of an output right? `grade_answers(items, texts)`, many at a time."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from schemas.benchmarks import BenchmarkItem
from training.verifier.final_answer import final_answers
from training.verifier.verify import is_equal


def grade_answers(items: Sequence[BenchmarkItem], texts: Sequence[str]) -> list[float]:
    """Return 1 for each text that ends in the answer of the item at its place, else 0.

    Texts of a group end in few different answers: each is judged once. Algebra runs in processes of
    its own, as many at a time as there are cores; verdicts do not depend on that. What became of
    the hard ones (timeouts, say) is counted in `verifier.verify.counters()`. Raises ValueError for
    an item without an answer.
    """
    for item in items:
        if not item.answer.strip():
            raise ValueError(f"{item.source}, row {item.row}, has no answer to compare with")
    pairs = [(text, item.answer) for item, text in zip(items, texts, strict=True)]
    keys = [_what_counts(*pair) for pair in pairs]
    different = dict(zip(keys, pairs, strict=True))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        verdicts = dict(zip(different, pool.map(_is_right, different.values()), strict=True))
    return [verdicts[key] for key in keys]


def _what_counts(text: str, gold: str) -> tuple[str, bool, tuple[str, ...]]:
    """Return all of a text that its verdict depends on."""
    return gold, text.strip() == gold.strip(), tuple(final_answers(text))


def _is_right(pair: tuple[str, str]) -> float:
    return float(is_equal(*pair))
