"""Ask a model a benchmark: perplexity, greedy accuracy, Pass@K and Maj@K. `evaluate(...)`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from schemas.benchmarks import BenchmarkItem
from training.evaluation.accuracy import Accuracies, accuracies
from training.evaluation.bootstrap import estimate
from training.evaluation.few_shot import few_shot_prompt, worked_answer
from training.evaluation.gold_likelihood import Likelihood, gold_likelihoods, pooled
from training.evaluation.sample_answers import Answer, Decoding, sample_answers
from training.evaluation.types import EvalResult, Written
from training.models.local_model import LocalModel
from training.settings.evaluation import EvalSettings

Progress = Callable[[str, int], Callable[[int], None]]  # what, of how many -> so many are done


@dataclass(frozen=True)
class Judge:
    """Finds the final answer in a text, and says whether a text or answer is equal to another."""

    final_answers: Callable[[str], Sequence[str]]  # one or more spellings of it; none: not found
    is_equal: Callable[[str, str], bool]


@dataclass(frozen=True)
class Evaluation:
    """What came out, every answer, and how likely each worked solution was, in order."""

    result: EvalResult
    written: list[Written]
    gold: list[Likelihood]


@dataclass(frozen=True)
class _Problem:
    item: BenchmarkItem
    prompt: str
    whole: bool  # with all examples


def evaluate(
    model: LocalModel,
    items: Sequence[BenchmarkItem],
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
    judge: Judge,
    *,
    name: str = "",
    batch_rows: int = 16,
    progress: Progress = lambda what, of: lambda done: None,
) -> Evaluation:
    """Ask `model`, called `name`, the items after few shots from `examples`.

    Perplexity is of all items with a solution or an answer, the rest of those with an answer.
    Raises ValueError if no item has either.
    """
    problems = [_problem(model, one, examples, settings) for one in items if worked_answer(one)]
    if not problems:
        raise ValueError("no item has a solution or an answer: tell the columns")
    gold = _likelihoods(model, problems, batch_rows, progress) if settings.perplexity else []
    asked = [problem for problem in problems if problem.item.answer]
    judge = _remembering(judge)
    written = []
    for rows, decoding in _rounds(asked, settings):
        report = progress("samples" if decoding.temperature else "greedy", len(rows))
        prompts = [problem.prompt for problem, _ in rows]
        answers = sample_answers(model, prompts, decoding, batch_rows, report)
        for (problem, sample), answer in zip(rows, answers, strict=True):
            written.append(_written(problem.item, sample, answer, judge))
    found = accuracies(written, settings, judge.is_equal)
    result = _result(name, len(items), problems, gold, written, found, settings)
    return Evaluation(result, written, gold)


def _result(
    name: str,
    items: int,
    problems: Sequence[_Problem],
    gold: Sequence[Likelihood],
    written: Sequence[Written],
    found: Accuracies,
    settings: EvalSettings,
) -> EvalResult:
    bits = [one.nats / math.log(2) for one in gold]
    return EvalResult(
        model=name,
        benchmark=problems[0].item.source,
        problems=items,
        with_answer=sum(bool(problem.item.answer) for problem in problems),
        fewer_shots=sum(not problem.whole for problem in problems),
        perplexity=pooled(gold).perplexity if gold else None,
        bits_per_byte=estimate(bits, settings, [one.bytes for one in gold]) if gold else None,
        greedy=found.greedy,
        pass_at=found.pass_at,
        maj_at=found.maj_at,
        finished=_share([one.finished for one in written]),
        without_answer=_share([not one.answer for one in written]),
    )


def _problem(
    model: LocalModel,
    item: BenchmarkItem,
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
) -> _Problem:
    """Make the prompt with as many examples as leave room for the answer in the context."""
    asks = settings.greedy or settings.sampling.samples > 0
    answer = len(model.encode(worked_answer(item)))
    answer = max(answer, settings.sampling.max_new_tokens) if asks else answer

    def fits(prompt: str) -> bool:
        return len(model.prompt(prompt)) + answer <= model.context

    whole = few_shot_prompt(item, examples, settings.prompt)
    prompt = few_shot_prompt(item, examples, settings.prompt, fits)
    return _Problem(item, prompt, prompt == whole)


def _likelihoods(
    model: LocalModel, problems: Sequence[_Problem], batch_rows: int, progress: Progress
) -> list[Likelihood]:
    pairs = [(problem.prompt, worked_answer(problem.item)) for problem in problems]
    return gold_likelihoods(model, pairs, batch_rows, progress("perplexity", len(pairs)))


def _rounds(
    problems: Sequence[_Problem], settings: EvalSettings
) -> list[tuple[list[tuple[_Problem, int]], Decoding]]:
    """Return which problems are asked how: sample 0 is greedy, from 1 on they are drawn."""
    sampling = settings.sampling
    rounds = []
    for temperature, samples in (
        (0.0, range(int(settings.greedy))),
        (sampling.temperature, range(1, sampling.samples + 1)),
    ):
        decoding = Decoding(
            max_new_tokens=sampling.max_new_tokens,
            temperature=temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop=settings.prompt.stop,
        )
        rows = [(problem, sample) for problem in problems for sample in samples]
        rounds += [(rows, decoding)] if rows else []
    return rounds


def _written(item: BenchmarkItem, sample: int, answer: Answer, judge: Judge) -> Written:
    forms = judge.final_answers(answer.text)
    right = bool(forms) and judge.is_equal(answer.text, item.answer)
    found = forms[0].strip() if forms else ""
    return Written(item.row, sample, answer.text, found, right, answer.finished)


def _remembering(judge: Judge) -> Judge:
    """Ask the judge once for each answer: of 64 samples most say the same in other words."""
    verdicts: dict[tuple[tuple[str, ...], str], bool] = {}

    def is_equal(text: str, gold: str) -> bool:
        key = (tuple(judge.final_answers(text)), gold)
        if key not in verdicts:
            verdicts[key] = judge.is_equal(text, gold)
        return verdicts[key]

    return Judge(cache(judge.final_answers), is_equal)


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
