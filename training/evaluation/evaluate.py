"""Evaluate a model on a benchmark: perplexity, greedy accuracy, Pass@K and Maj@K."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.evaluation.accuracy import Accuracies, accuracies
from training.evaluation.bootstrap import estimate_ratio
from training.evaluation.few_shot import few_shot_prompt, reference_solution
from training.evaluation.gold_likelihood import Likelihood, gold_likelihoods, pooled
from training.evaluation.judge import Judge, cached_judge, grade_answer
from training.evaluation.sample_answers import sample_answers
from training.evaluation.types import EvalResult, GradedAnswer
from training.generation.types import Decoding
from training.models.local_model import LocalModel
from training.settings.evaluation import EvalSettings

# Called with the name of a phase and its total; returns a function of the number done so far.
ProgressCallback = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True)
class Problem:
    """An item of a benchmark with its prompt, and whether that had room for all examples."""

    item: BenchmarkItem
    prompt: str
    has_all_shots: bool


@dataclass(frozen=True)
class Evaluation:
    """A result, the problems, every graded answer, and the likelihoods of reference solutions.

    `gold` has one likelihood per problem, in their order, or none if they were not measured.
    """

    result: EvalResult
    problems: list[Problem]
    answers: list[GradedAnswer]
    gold: list[Likelihood]


def evaluate(
    model: LocalModel,
    items: Sequence[BenchmarkItem],
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
    judge: Judge,
    *,
    name: str = "",
    batch_rows: int = 16,
    progress: ProgressCallback = lambda phase, total: lambda done: None,
) -> Evaluation:
    """Evaluate `model` on the items, with few-shot prompts from `examples`.

    `name` is the model's name in the result; `batch_rows` prompts share a batch. Perplexity is over
    all items with a solution or an answer, everything else over those with an answer. Raises
    InputError if no item has either.
    """
    problems = [
        _problem(model, item, examples, settings) for item in items if reference_solution(item)
    ]
    if not problems:
        raise InputError(
            "no item of the benchmark has a solution or an answer: name their columns in `columns`"
        )
    judge = cached_judge(judge)
    gold = _likelihoods(model, problems, batch_rows, progress) if settings.perplexity else []
    answers = _answers(model, problems, settings, judge, batch_rows, progress)
    accuracy = accuracies(answers, settings, judge.is_equal)
    result = _result(name, len(items), problems, gold, answers, accuracy, settings)
    return Evaluation(result, problems, answers, gold)


def _problem(
    model: LocalModel,
    item: BenchmarkItem,
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
) -> Problem:
    """Make the prompt with as many examples as leave room for the answer in the context."""
    samples = settings.greedy or settings.sampling.samples > 0
    room = len(model.encode(reference_solution(item)))
    room = max(room, settings.sampling.max_new_tokens) if samples else room

    def fits(prompt: str) -> bool:
        return len(model.prompt(prompt)) + room <= model.context

    whole = few_shot_prompt(item, examples, settings.prompt)
    prompt = few_shot_prompt(item, examples, settings.prompt, fits)
    return Problem(item, prompt, prompt == whole)


def _likelihoods(
    model: LocalModel,
    problems: Sequence[Problem],
    batch_rows: int,
    progress: ProgressCallback,
) -> list[Likelihood]:
    pairs = [(problem.prompt, reference_solution(problem.item)) for problem in problems]
    return gold_likelihoods(model, pairs, batch_rows, progress("perplexity", len(pairs)))


def _answers(
    model: LocalModel,
    problems: Sequence[Problem],
    settings: EvalSettings,
    judge: Judge,
    batch_rows: int,
    progress: ProgressCallback,
) -> list[GradedAnswer]:
    """Sample and grade answers to the problems with an answer: greedy (sample 0), then sampled."""
    sampling = settings.sampling
    answers: list[GradedAnswer] = []
    for phase, temperature, samples in (
        ("greedy", 0.0, range(int(settings.greedy))),
        ("samples", sampling.temperature, range(1, sampling.samples + 1)),
    ):
        rows = [(p, sample) for p in problems if p.item.answer for sample in samples]
        if not rows:
            continue
        completions = sample_answers(
            model,
            [problem.prompt for problem, _ in rows],
            [(sampling.seed, problem.item.row, sample) for problem, sample in rows],
            Decoding(
                max_new_tokens=sampling.max_new_tokens,
                temperature=temperature,
                top_p=sampling.top_p,
                stop=settings.prompt.stop,
                rows=batch_rows,
            ),
            progress(phase, len(rows)),
        )
        answers += [
            grade_answer(problem.item, sample, completion, judge)
            for (problem, sample), completion in zip(rows, completions, strict=True)
        ]
    return answers


def _result(
    name: str,
    items: int,
    problems: Sequence[Problem],
    gold: Sequence[Likelihood],
    answers: Sequence[GradedAnswer],
    accuracy: Accuracies,
    settings: EvalSettings,
) -> EvalResult:
    bits = [text.nats / math.log(2) for text in gold]
    return EvalResult(
        model=name,
        benchmark=problems[0].item.source,
        problems=items,
        with_answer=sum(bool(problem.item.answer) for problem in problems),
        fewer_shots=sum(not problem.has_all_shots for problem in problems),
        perplexity=pooled(gold).perplexity if gold else None,
        bits_per_byte=estimate_ratio(bits, [text.bytes for text in gold], settings)
        if gold
        else None,
        greedy=accuracy.greedy,
        pass_at=accuracy.pass_at,
        maj_at=accuracy.maj_at,
        finished=_share([answer.finished for answer in answers]),
        without_answer=_share([not answer.answer for answer in answers]),
    )


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
