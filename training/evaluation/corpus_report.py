"""Report a comparison of corpora as a table with a verdict, as JSON and as a plot."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from training.evaluation.compare_corpora import Comparison, Difference, TrainingOutcome
from training.evaluation.report import format_table
from training.evaluation.types import EvalResult
from training.settings.evaluation import EvalSettings


def report_comparison(
    comparison: Comparison, corpora: Mapping[str, Path], settings: EvalSettings, out: Path
) -> str:
    """Write comparison.json and comparison.png into `out`, and return the table to print."""
    folders = {name: str(folder) for name, folder in corpora.items()}
    about = {"corpora": folders, "settings": asdict(settings)}
    write_comparison(comparison, about, out / "comparison.json")
    plot_comparison(comparison, out / "comparison.png")
    return format_comparison(comparison)


def format_comparison(comparison: Comparison) -> str:
    """Return a table per benchmark with a column per run, and a sentence per difference."""
    tables = []
    for results in zip(*_results(comparison), strict=True):
        tables += [format_table(results), ""]
    return "\n".join([*tables, *map(_verdict, comparison.differences)])


def write_comparison(comparison: Comparison, about: Mapping[str, Any], path: Path) -> None:
    """Write results, curves and differences as JSON; `about` describes the inputs."""
    outcomes = [
        {
            "corpus": outcome.corpus,
            "seed": outcome.seed,
            "curve": list(map(list, outcome.curve)),
            "results": [evaluation.result.to_json() for evaluation in outcome.evaluations],
        }
        for outcome in comparison.outcomes
    ]
    differences = [asdict(difference) for difference in comparison.differences]
    fields = {"outcomes": outcomes, "differences": differences, "about": about}
    path.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def plot_comparison(comparison: Comparison, path: Path) -> None:
    """Plot bits per byte over training steps, and at the end of training on each benchmark."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    outcomes = comparison.outcomes
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    curves, ends = figure.subplots(1, 2)
    colors = {outcome.corpus: f"C{i}" for i, outcome in reversed(list(enumerate(outcomes)))}
    for index, outcome in enumerate(outcomes):
        steps, bits = zip(*outcome.curve, strict=True) if outcome.curve else ((), ())
        label = outcome.corpus if outcome.seed == outcomes[0].seed else None
        curves.plot(steps, bits, marker=".", color=colors[outcome.corpus], label=label)
        _draw_end(ends, outcome, index * 0.6 / len(outcomes), colors[outcome.corpus], label)
    names = [evaluation.result.benchmark for evaluation in outcomes[0].evaluations]
    curves.set(title="While training", xlabel="step", ylabel="bits per byte of all benchmarks")
    ends.set(title="Reference solutions", ylabel="bits per byte")
    middle = 0.3 * (len(outcomes) - 1) / len(outcomes)
    ends.set_xticks([index + middle for index in range(len(names))], names)
    ends.legend()
    with rc_context({"svg.hashsalt": "mathmine", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_end(
    axes: Any, outcome: TrainingOutcome, shift: float, color: str, label: str | None
) -> None:
    results = [evaluation.result.bits_per_byte for evaluation in outcome.evaluations]
    points = [(index + shift, bits) for index, bits in enumerate(results) if bits]
    axes.errorbar(
        [position for position, _ in points],
        [bits.value for _, bits in points],
        [[b.value - b.low for _, b in points], [b.high - b.value for _, b in points]],
        color=color,
        label=label,
        fmt="o",
        capsize=3,
    )


def _results(comparison: Comparison) -> list[list[EvalResult]]:
    """Return the results of each run, named by its corpus and, if seeds differ, by its seed."""
    has_seeds = len({outcome.seed for outcome in comparison.outcomes}) > 1
    return [
        [
            replace(
                evaluation.result,
                model=f"{outcome.corpus}-{outcome.seed}" if has_seeds else outcome.corpus,
            )
            for evaluation in outcome.evaluations
        ]
        for outcome in comparison.outcomes
    ]


def _verdict(difference: Difference) -> str:
    """Name the better corpus if the confidence interval of the difference excludes zero."""
    where = f"{difference.benchmark}, seed {difference.seed}:"
    first, other, behind = difference.first, difference.other, difference.behind
    if behind.low <= 0 <= behind.high:
        return (
            f"{where} {first} and {other} differ by {behind.value:+.3f} bits per byte"
            f" ({behind.low:+.3f} to {behind.high:+.3f}): the interval includes zero."
        )
    better, worse = (first, other) if behind.low > 0 else (other, first)
    near, far = sorted((abs(behind.low), abs(behind.high)))
    size = f"{abs(behind.value):.3f} bits per byte ({near:.3f} to {far:.3f})"
    return f"{where} {better} is better than {worse} by {size}."
