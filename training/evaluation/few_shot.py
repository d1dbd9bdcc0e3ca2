"""Build few-shot prompts: solved examples from the training split, then the question."""

import random
from collections.abc import Callable, Sequence

from schemas.benchmark_answers import final_answer
from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.settings.evaluation import Prompt


def few_shot_prompt(
    item: BenchmarkItem,
    examples: Sequence[BenchmarkItem],
    settings: Prompt,
    fits: Callable[[str], bool] = lambda prompt: True,
) -> str:
    r"""Return a prompt of `settings.shots` of the examples and the question of `item`.

    The examples are drawn once by the seed, so that all problems have the same ones; an example
    with the same question as `item` is replaced by the next one. Examples are dropped from the
    front until the prompt fits. Raises InputError if there are too few examples.

    >>> item = BenchmarkItem("test", 0, "1+1?", "2", "2")
    >>> few_shot_prompt(item, [BenchmarkItem("train", 0, "2+2?", "4", "4")], Prompt(shots=1))
    'Question: 2+2?\nAnswer: 4\n\nQuestion: 1+1?\nAnswer: '
    """
    shots = _shots(item, examples, settings)
    question = zero_shot_prompt(item, settings)
    while shots and not fits("".join(shots) + question):
        shots = shots[1:]
    return "".join(shots) + question


def zero_shot_prompt(item: BenchmarkItem, settings: Prompt) -> str:
    """Return the question of `item` in the prompt format, without examples."""
    return settings.format.replace("{question}", format_question(item))


def format_question(item: BenchmarkItem) -> str:
    """Return the question followed by its options, one per line."""
    return "\n".join((item.question.strip(), *item.options))


def reference_solution(item: BenchmarkItem) -> str:
    r"""Return the solution, with the answer appended unless it states one; else only the answer.

    >>> reference_solution(BenchmarkItem("aqua", 0, "Q?", "So it is 5.", "E"))
    'So it is 5.\nThe answer is E.'
    """
    solution, answer = item.solution.strip(), item.answer
    if not solution or not answer or solution == answer:
        return solution or answer
    if final_answer({}, solution):
        return solution
    return f"{solution}\nThe answer is {answer}."


def _shots(item: BenchmarkItem, examples: Sequence[BenchmarkItem], settings: Prompt) -> list[str]:
    shuffled = list(examples)
    random.Random(settings.seed).shuffle(shuffled)
    others = [row for row in shuffled if row.question.strip() != item.question.strip()]
    shots = [row for row in others if reference_solution(row)][: settings.shots]
    if len(shots) < settings.shots:
        raise InputError(f"{settings.shots} shots need as many examples; there are {len(shots)}")
    return [
        zero_shot_prompt(shot, settings) + reference_solution(shot) + settings.between
        for shot in shots
    ]
