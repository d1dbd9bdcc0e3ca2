"""Compare corpora: train the same model on each and evaluate all on the same benchmarks.

DeepSeekMath (arXiv:2402.03300), section 2.2, does so with models of 1.3B parameters and few-shot
accuracy. Tiny models solve no problem, but the likelihood that they assign to reference solutions
tells corpora apart.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.evaluation.bootstrap import estimate
from training.evaluation.evaluate import Evaluation, ProgressCallback, evaluate
from training.evaluation.few_shot import reference_solution, zero_shot_prompt
from training.evaluation.gold_likelihood import Likelihood
from training.evaluation.judge import Judge
from training.evaluation.types import Estimate
from training.models.local_model import load_local_model
from training.run.distributed import start_world
from training.run.metrics import read_log
from training.settings.evaluation import EvalSettings
from training.settings.pretrain import PretrainSettings
from training.trainer.job import pretrain_job
from training.trainer.loop import train


@dataclass(frozen=True)
class TrainedModel:
    """The directory of a model, and its learning curve: (steps, held-out bits per byte)."""

    model: Path
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class TrainingOutcome:
    """One training run on a corpus: its held-out curve, and one evaluation per benchmark."""

    corpus: str
    seed: int
    curve: Sequence[tuple[int, float]]
    evaluations: Sequence[Evaluation]


@dataclass(frozen=True)
class Difference:
    """By how many bits per byte `other` is worse than `first` on a benchmark, for one seed."""

    first: str
    other: str
    seed: int
    benchmark: str
    behind: Estimate


@dataclass(frozen=True)
class Comparison:
    """All training runs, by seed and then corpus, and how each corpus differs from the first."""

    outcomes: Sequence[TrainingOutcome]
    differences: Sequence[Difference]


# (directory of Parquet shards, Parquet file of held-out text, run directory, seed) -> model
TrainFunction = Callable[[Path, Path, Path, int], TrainedModel]


def compare_corpora(
    corpora: Mapping[str, Path],
    benchmarks: Sequence[Sequence[BenchmarkItem]],
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
    out: Path,
    *,
    train_on: TrainFunction,
    judge: Judge,
    seeds: Sequence[int] = (0,),
    device: str = "auto",
    progress: ProgressCallback = lambda phase, total: lambda done: None,
) -> Comparison:
    """Train on each corpus (name -> directory) with each seed, in `out`/name-seed, and evaluate.

    `train_on` must treat all corpora alike: same steps and tokens. Raises InputError for fewer than
    two corpora.
    """
    if len(corpora) < 2:
        raise InputError(f"a comparison needs at least two corpora, not {list(corpora)}")
    held_out = _write_held_out(list(chain(*benchmarks)), settings, out / "held_out.parquet")
    outcomes = []
    for seed, (name, folder) in product(seeds, corpora.items()):
        trained = train_on(folder, held_out, out / f"{name}-{seed}", seed)
        model = load_local_model(trained.model, device)
        evaluations = [
            evaluate(model, items, examples, settings, judge, name=name, progress=progress)
            for items in benchmarks
        ]
        outcomes.append(TrainingOutcome(name, seed, trained.curve, evaluations))
    return Comparison(outcomes, _differences(outcomes, settings))


def pretraining(settings: PretrainSettings) -> TrainFunction:
    """Return a function that pretrains on a corpus with `settings`.

    The corpus replaces the first source, the seed those of weights and document order, and the
    held-out text that of the settings; its bits per byte are read from the run's log.
    """
    first, *others = settings.sources

    def pretrain(folder: Path, held_out: Path, out: Path, seed: int) -> TrainedModel:
        run = replace(settings.run, seed=seed, held_out=str(held_out), held_out_column="text")
        changed = replace(
            settings,
            sources=(replace(first, files=str(folder)), *others),
            batch=replace(settings.batch, seed=seed),
            run=run,
        )
        with start_world() as world:
            model = train(pretrain_job(changed), out, world)
        metric = "held_out_bits_per_byte"
        records = [record for record in read_log(out) if metric in record]
        return TrainedModel(model, tuple((row["step"] + 1, row[metric]) for row in records))

    return pretrain


def _differences(outcomes: Sequence[TrainingOutcome], settings: EvalSettings) -> list[Difference]:
    first = {outcome.seed: outcome for outcome in reversed(outcomes)}
    return [
        Difference(base.corpus, other.corpus, other.seed, ours.result.benchmark, behind)
        for other in outcomes
        if (base := first[other.seed]) is not other
        for ours, theirs in zip(other.evaluations, base.evaluations, strict=True)
        if (behind := _excess(ours.gold, theirs.gold, settings))
    ]


def _excess(
    ours: Sequence[Likelihood], base: Sequence[Likelihood], settings: EvalSettings
) -> Estimate | None:
    """Return the mean excess over `base` in bits per byte; None if nothing was measured.

    Problems are paired, so those that are hard for all models cancel out.
    """
    excess_bits = [(a.nats - b.nats) / math.log(2) for a, b in zip(ours, base, strict=True)]
    return estimate(excess_bits, settings, [text.bytes for text in base]) if base else None


def _write_held_out(items: Sequence[BenchmarkItem], settings: EvalSettings, path: Path) -> Path:
    """Write the questions with their reference solutions as the held-out text of training."""
    texts = [
        zero_shot_prompt(item, settings.prompt) + solution
        for item in items
        if (solution := reference_solution(item))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": texts}), path)
    return path
