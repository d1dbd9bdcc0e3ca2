"""Grade the answers of a model: find the final answer and compare it with the benchmark's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from schemas.benchmarks import BenchmarkItem
from training.evaluation.types import GradedAnswer
from training.generation.types import Completion
from training.verifier.final_answer import final_answers
from training.verifier.verify import is_equal


@dataclass(frozen=True)
class Judge:
    """Finds the final answer in a text, and compares texts or answers with another answer."""

    final_answers: Callable[[str], Sequence[str]]  # its spellings; empty if there is no answer
    is_equal: Callable[[str, str], bool]


def default_judge() -> Judge:
    """Return the project's verifier as a judge."""
    return Judge(final_answers, is_equal)


def cached_judge(judge: Judge) -> Judge:
    """Return a judge that caches verdicts: most of 64 samples end in the same final answer."""
    verdicts: dict[tuple[tuple[str, ...], str], bool] = {}

    def is_equal(text: str, gold: str) -> bool:
        key = (tuple(judge.final_answers(text)), gold)
        if key not in verdicts:
            verdicts[key] = judge.is_equal(text, gold)
        return verdicts[key]

    return Judge(cache(judge.final_answers), is_equal)


def grade_answer(
    item: BenchmarkItem, sample: int, completion: Completion, judge: Judge
) -> GradedAnswer:
    """Grade sample number `sample` of the answers to a problem; 0 is the greedy one."""
    spellings = judge.final_answers(completion.text)
    return GradedAnswer(
        row=item.row,
        sample=sample,
        text=completion.text,
        answer=spellings[0].strip() if spellings else "",
        right=bool(spellings) and judge.is_equal(completion.text, item.answer),
        finished=completion.finished,
    )
