"""Which corpus is better? The same model is trained on each, and asked the same benchmark.

DeepSeekMath (arXiv:2402.03300), section 2.2, with models of 1.3B and few-shot accuracy; with tiny
models, which solve nothing, it is the likelihood of worked solutions that tells corpora apart.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.benchmarks import BenchmarkItem
from training.estimate import estimate
from training.eval_result import Estimate
from training.eval_settings import EvalSettings
from training.evaluate import Evaluation, Judge, Progress, evaluate
from training.few_shot import asked, worked_answer
from training.local_model import load_local_model


@dataclass(frozen=True)
class Trained:
    """The folder of a model, and its bits per byte on held-out text after so many steps."""

    model: Path
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """One evaluation and one curve a corpus, and how much each lies behind the first."""

    evaluations: Mapping[str, Evaluation]
    curves: Mapping[str, Sequence[tuple[int, float]]]
    behind: Mapping[str, Estimate]  # bits per byte more than the first corpus; without the first


# Trains on a folder of Parquet shards, watching a Parquet file of held-out text, in an out folder.
Train = Callable[[Path, Path, Path], Trained]


def compare_corpora(
    corpora: Mapping[str, Path],
    items: Sequence[BenchmarkItem],
    examples: Sequence[BenchmarkItem],
    settings: EvalSettings,
    out: Path,
    *,
    train: Train,
    judge: Judge,
    device: str = "auto",
    batch_rows: int = 16,
    progress: Progress = lambda what, of: lambda done: None,
) -> Comparison:
    """Train on each corpus (name -> folder) in `out`/name, and evaluate what came out.

    `train` must do the same for every corpus: same seed, steps and tokens. Raises ValueError for
    less than two corpora.
    """
    if len(corpora) < 2:
        raise ValueError(f"it takes two corpora to compare, not {list(corpora)}")
    held_out = _write_held_out(items, settings, out / "held_out.parquet")
    evaluations, curves = {}, {}
    for name, folder in corpora.items():
        trained = train(folder, held_out, out / name)
        model = load_local_model(trained.model, device)
        evaluations[name] = evaluate(
            *(model, items, examples, settings, judge),
            name=name,
            batch_rows=batch_rows,
            progress=progress,
        )
        curves[name] = trained.curve
    return Comparison(evaluations, curves, _behind(evaluations, settings))


def _behind(evaluations: Mapping[str, Evaluation], settings: EvalSettings) -> dict[str, Estimate]:
    """Compare problem by problem: what is hard for all models is no difference between them."""
    first, *others = evaluations
    base = evaluations[first].gold
    behind = {}
    for name in others if base else []:
        gold = evaluations[name].gold
        more = [(a.nats - b.nats) / math.log(2) for a, b in zip(gold, base, strict=True)]
        behind[name] = estimate(more, settings, [one.bytes for one in base])
    return behind


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
