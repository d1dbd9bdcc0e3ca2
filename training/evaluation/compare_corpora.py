"""Which corpus is better? The same model is trained on each, and asked the same benchmark.

DeepSeekMath (arXiv:2402.03300), section 2.2, with models of 1.3B and few-shot accuracy; with tiny
models, which solve nothing, it is the likelihood of worked solutions that tells corpora apart.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.benchmarks import BenchmarkItem
from training.evaluation.bootstrap import estimate
from training.evaluation.evaluate import Evaluation, Judge, Progress, evaluate
from training.evaluation.few_shot import asked, worked_answer
from training.evaluation.gold_likelihood import Likelihood
from training.evaluation.types import Estimate
from training.models.local_model import load_local_model
from training.settings.evaluation import EvalSettings


@dataclass(frozen=True)
class Trained:
    """The folder of a model, and its bits per byte on held-out text after so many steps."""

    model: Path
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What one training on a corpus came to: its curve, and an evaluation a benchmark."""

    corpus: str
    seed: int
    curve: Sequence[tuple[int, float]]
    evaluations: Sequence[Evaluation]


@dataclass(frozen=True)
class Difference:
    """Bits per byte by which `other` lies behind `first` on a benchmark, trained by one seed."""

    first: str
    other: str
    seed: int
    benchmark: str
    behind: Estimate


@dataclass(frozen=True)
class Comparison:
    """All trainings, by seed and then corpus, and how each corpus differs from the first."""

    outcomes: Sequence[Outcome]
    differences: Sequence[Difference]


# Trains on a folder of Parquet shards, watching a Parquet file of held-out text, in an out folder,
# by a seed.
Train = Callable[[Path, Path, Path, int], Trained]


def compare_corpora(
    corpora: Mapping[str, Path],
    benchmarks: Sequence[Sequence[BenchmarkItem]],
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
    out: Path,
    *,
    train: Train,
    judge: Judge,
    seeds: Sequence[int] = (0,),
    device: str = "auto",
    progress: Progress = lambda what, of: lambda done: None,
) -> Comparison:
    """Train on each corpus (name -> folder) by each seed, in `out`/name-seed, and evaluate.

    `train` must do the same for every corpus: same steps and tokens. Raises ValueError for less
    than two corpora.
    """
    if len(corpora) < 2:
        raise ValueError(f"it takes two corpora to compare, not {list(corpora)}")
    held_out = _write_held_out(list(chain(*benchmarks)), settings, out / "held_out.parquet")
    outcomes = []
    for seed, (name, folder) in product(seeds, corpora.items()):
        trained = train(folder, held_out, out / f"{name}-{seed}", seed)
        model = load_local_model(trained.model, device)
        evaluations = [
            evaluate(model, items, examples, settings, judge, name=name, progress=progress)
            for items in benchmarks
        ]
        outcomes.append(Outcome(name, seed, trained.curve, evaluations))
    return Comparison(outcomes, _differences(outcomes, settings))


def _differences(outcomes: Sequence[Outcome], settings: EvalSettings) -> list[Difference]:
    first = {one.seed: one for one in reversed(outcomes)}
    return [
        Difference(base.corpus, one.corpus, one.seed, ours.result.benchmark, behind)
        for one in outcomes
        if (base := first[one.seed]) is not one
        for ours, theirs in zip(one.evaluations, base.evaluations, strict=True)
        if (behind := _behind(ours.gold, theirs.gold, settings))
    ]


def _behind(
    ours: Sequence[Likelihood], base: Sequence[Likelihood], settings: EvalSettings
) -> Estimate | None:
    """Compare problem by problem: what is hard for all models is no difference between them."""
    more = [(a.nats - b.nats) / math.log(2) for a, b in zip(ours, base, strict=True)]
    return estimate(more, settings, [one.bytes for one in base]) if base else None


def _write_held_out(items: Sequence[BenchmarkItem], settings: EvalSettings, path: Path) -> Path:
    """Write the questions with their worked answers as texts that training is measured on."""
    texts = [
        settings.prompt.format.replace("{question}", asked(item)) + worked_answer(item)
        for item in items
        if worked_answer(item)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": texts}), path)
    return path
