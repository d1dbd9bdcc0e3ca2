"""Compare corpora: train the same model on each and evaluate all on the same benchmarks.

DeepSeekMath (arXiv:2402.03300), section 2.2, does so with models of 1.3B parameters and few-shot
accuracy. Tiny models solve no problem, but the likelihood that they assign to reference solutions
tells corpora apart. Each training run reads its own random share of the documents, so that the
spread over runs contains that of sampling documents: docs/decisions/0016-verdicts-on-corpora.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product, zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.data.document_shares import write_shares
from training.data.problems import draw_items
from training.evaluation.difference import Difference, estimate_difference
from training.evaluation.evaluate import Evaluation, ProgressCallback, evaluate
from training.evaluation.few_shot import reference_solution, zero_shot_prompt
from training.evaluation.judge import Judge
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
class Comparison:
    """All training runs, by seed and then corpus, and the differences between corpora."""

    outcomes: Sequence[TrainingOutcome]
    differences: Sequence[Difference]
    level: float  # of the interval of each difference; all hold together at that of the settings


# (folder of Parquet files, Parquet file of held-out text, run directory, seed) -> model
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
    seeds: Sequence[int] = (0, 1, 2),
    null: bool = False,
    column: str = "text",
    device: str = "auto",
    progress: ProgressCallback = lambda phase, total: lambda done: None,
) -> Comparison:
    """Train on each corpus (name -> folder) with each seed, in `out`/name-seed, and evaluate.

    The documents of a corpus, in `column`, are divided at random into one share per seed. With
    `null`, random halves of each corpus are compared instead, each divided in the same way: there
    is no difference between them, so they show how often a winner is named by chance. `train_on`
    must treat all corpora alike: same steps and tokens.
    """
    check_comparison(list(corpora), seeds, null)
    drawn = [
        draw_items(list(rows), settings.problems, settings.problems_seed) for rows in benchmarks
    ]
    held_out = _write_held_out(_in_turn(drawn), settings, out / "held_out.parquet")
    outcomes = []
    texts = _texts(corpora, seeds, null, column, out / "texts")
    for (index, seed), (name, folders) in product(enumerate(seeds), texts.items()):
        trained = train_on(folders[index], held_out, out / f"{name}-{seed}", seed)
        model = load_local_model(trained.model, device)
        evaluations = [
            evaluate(model, items, examples, settings, judge, name=name, progress=progress)
            for items in drawn
        ]
        outcomes.append(TrainingOutcome(name, seed, trained.curve, evaluations))
    return _comparison(outcomes, _pairs(list(texts), null), settings)


def check_comparison(corpora: Sequence[str], seeds: Sequence[int], null: bool) -> None:
    """Raise InputError for fewer than two corpora (one with `null`), and for equal seeds."""
    if len(corpora) + null < 2:
        raise InputError(f"a comparison needs at least two corpora, not {list(corpora)}")
    if len(set(seeds)) < len(seeds):
        raise InputError(f"--seeds must differ, since equal seeds give equal models: {seeds}")


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


def _texts(
    corpora: Mapping[str, Path], seeds: Sequence[int], null: bool, column: str, out: Path
) -> dict[str, list[Path]]:
    """Return the folders that each corpus, or each half of one, trains on: one per seed."""
    salt = ",".join(map(str, seeds))  # other seeds, other shares
    halves = 2 if null else 1
    texts = {}
    for name, folder in corpora.items():
        count = halves * len(seeds)
        shares = [folder] if count == 1 else write_shares(folder, column, count, salt, out / name)
        for half in range(halves):
            label = f"{name}-half-{half + 1}" if null else name
            texts[label] = shares[half::halves]
    return texts


def _pairs(names: Sequence[str], null: bool) -> list[tuple[str, str]]:
    """Return which are compared: the halves of each corpus, or each corpus with the first."""
    if null:
        return list(zip(names[::2], names[1::2], strict=True))
    return [(names[0], other) for other in names[1:]]


def _comparison(
    outcomes: Sequence[TrainingOutcome], pairs: Sequence[tuple[str, str]], settings: EvalSettings
) -> Comparison:
    """Estimate all differences, at a level that is shared among them (Bonferroni)."""
    measured = [i for i, evaluation in enumerate(outcomes[0].evaluations) if evaluation.gold]
    level = 1 - (1 - settings.level) / max(1, len(pairs) * len(measured))
    by_name: dict[str, list[TrainingOutcome]] = {}
    for outcome in outcomes:
        by_name.setdefault(outcome.corpus, []).append(outcome)
    differences = [
        _difference(by_name[first], by_name[other], benchmark, level)
        for benchmark in measured
        for first, other in pairs
    ]
    return Comparison(outcomes, differences, level)


def _difference(
    first: Sequence[TrainingOutcome],
    other: Sequence[TrainingOutcome],
    benchmark: int,
    level: float,
) -> Difference:
    ours, theirs = (
        [outcome.evaluations[benchmark].gold for outcome in outcomes] for outcomes in (first, other)
    )
    return Difference(
        first=first[0].corpus,
        other=other[0].corpus,
        benchmark=first[0].evaluations[benchmark].result.benchmark,
        runs=len(ours),
        problems=len(ours[0]),
        behind=estimate_difference(ours, theirs, level),
    )


def _in_turn(benchmarks: Sequence[Sequence[BenchmarkItem]]) -> Iterator[BenchmarkItem]:
    """Yield the items of all benchmarks in turn, so that the first texts are of each of them."""
    return (item for item in chain(*zip_longest(*benchmarks)) if item)


def _write_held_out(items: Iterator[BenchmarkItem], settings: EvalSettings, path: Path) -> Path:
    """Write the questions with their reference solutions as the held-out text of training."""
    texts = [
        zero_shot_prompt(item, settings.prompt) + solution
        for item in items
        if (solution := reference_solution(item))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    pq.write_table(pa.table({"text": texts}), partial)
    partial.replace(path)
    return path
