"""Few-shot prompts: worked examples of the training half, then the question."""

import random
from collections.abc import Callable, Sequence

from schemas.benchmark_answers import final_answer
from schemas.benchmarks import BenchmarkItem
from training.settings.evaluation import Prompt


def few_shot_prompt(
    item: BenchmarkItem,
    examples: Sequence[BenchmarkItem],
    settings: Prompt,
    fits: Callable[[str], bool] = lambda prompt: True,
) -> str:
    r"""Return the prompt that asks `item` after `settings.shots` of the examples.

    The examples are drawn once by the seed, so that all problems have the same; an example that
    asks the very question is left out and the next one takes its place. Examples go, from the
    front, while the prompt does not fit. Raises ValueError where there are too few examples.

    >>> item = BenchmarkItem("test", 0, "1+1?", "2", "2")
    >>> few_shot_prompt(item, [BenchmarkItem("train", 0, "2+2?", "4", "4")], Prompt(shots=1))
    'Question: 2+2?\nAnswer: 4\n\nQuestion: 1+1?\nAnswer: '
    """
    shots = _shots(item, examples, settings)
    question = settings.format.replace("{question}", asked(item))
    while shots and not fits("".join(shots) + question):
        shots = shots[1:]
    return "".join(shots) + question


def asked(item: BenchmarkItem) -> str:
    """Return the question with its options, a line each."""
    return "\n".join((item.question.strip(), *item.options))


def worked_answer(item: BenchmarkItem) -> str:
    r"""Return the solution, the answer marked in it or told after it; or the answer alone.

    >>> worked_answer(BenchmarkItem("aqua", 0, "Q?", "So it is 5.", "E"))
    'So it is 5.\nThe answer is E.'
    """
    solution, answer = item.solution.strip(), item.answer
    if not solution or not answer or solution == answer:
        return solution or answer
    if final_answer({}, solution):
        return solution
    return f"{solution}\nThe answer is {answer}."


def _shots(item: BenchmarkItem, examples: Sequence[BenchmarkItem], settings: Prompt) -> list[str]:
    order = list(examples)
    random.Random(settings.seed).shuffle(order)
    others = [one for one in order if one.question.strip() != item.question.strip()]
    chosen = [one for one in others if worked_answer(one)][: settings.shots]
    if len(chosen) < settings.shots:
        raise ValueError(f"{settings.shots} shots need as many examples; there are {len(chosen)}")
    return [
        settings.format.replace("{question}", asked(one)) + worked_answer(one) + settings.between
        for one in chosen
    ]
