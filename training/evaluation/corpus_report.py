"""Report a comparison of corpora as a table with verdicts, as JSON and as a plot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from training.evaluation.compare_corpora import Comparison, TrainingOutcome
from training.evaluation.difference import Difference
from training.evaluation.report import format_table
from training.evaluation.types import Estimate, EvalResult


def report_comparison(comparison: Comparison, about: Mapping[str, Any], out: Path) -> str:
    """Write comparison.json and comparison.png into `out`, and return the text to print.

    `about` describes settings and inputs.
    """
    write_comparison(comparison, about, out / "comparison.json")
    plot_comparison(comparison, out / "comparison.png")
    return format_comparison(comparison)


def format_comparison(comparison: Comparison) -> str:
    """Return a table per benchmark with a column per corpus, and a sentence per verdict."""
    seeds = list(dict.fromkeys(outcome.seed for outcome in comparison.outcomes))
    shown = "mean over seeds (lowest to highest)" if len(seeds) > 1 else "interval over problems"
    lines = [f"seed {', '.join(map(str, seeds))}: {shown}", ""]
    for results in zip(*_results(comparison), strict=True):
        lines += [format_table(results), ""]
    lines += map(format_verdict, comparison.differences)
    if any(difference.behind for difference in comparison.differences):
        together = 1 - (1 - comparison.level) * len(comparison.differences)
        lines.append(
            f"Intervals are over seeds and problems, each at {100 * comparison.level:.4g} %, so"
            f" that together they hold at {100 * together:.4g} %."
        )
    return "\n".join(lines)


def format_verdict(difference: Difference) -> str:
    """Name the better corpus, or say that no difference was found or why there is no verdict."""
    first, other, behind = difference.first, difference.other, difference.behind
    if behind is None:
        lacking = (
            "one training run per corpus says nothing about the spread between runs; use at least"
            " two --seeds, better three"
            if difference.runs < 2
            else "one problem says nothing about the spread between problems"
        )
        return f"{difference.benchmark}: no verdict on {first} and {other}: {lacking}."
    if difference.winner is None:
        return (
            f"{difference.benchmark}: no difference was found between {first} and {other}"
            f" ({behind.low:+.3f} to {behind.high:+.3f} bits per byte)."
        )
    loser = other if difference.winner == first else first
    near, far = sorted((abs(behind.low), abs(behind.high)))
    return (
        f"{difference.benchmark}: {difference.winner} is better than {loser} by"
        f" {abs(behind.value):.3f} bits per byte ({near:.3f} to {far:.3f})."
    )


def write_comparison(comparison: Comparison, about: Mapping[str, Any], path: Path) -> None:
    """Write results, curves, differences and verdicts as JSON."""
    outcomes = [
        {
            "corpus": outcome.corpus,
            "seed": outcome.seed,
            "curve": list(map(list, outcome.curve)),
            "results": [evaluation.result.to_json() for evaluation in outcome.evaluations],
        }
        for outcome in comparison.outcomes
    ]
    differences = [
        asdict(difference) | {"winner": difference.winner, "verdict": format_verdict(difference)}
        for difference in comparison.differences
    ]
    fields = {
        "outcomes": outcomes,
        "differences": differences,
        "level": comparison.level,
        "about": about,
    }
    path.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def plot_comparison(comparison: Comparison, path: Path) -> None:
    """Plot bits per byte over training steps, and at the end of training on each benchmark.

    At the end, a cross is a training run, and a dot with a bar the mean with lowest and highest.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    curves, ends = figure.subplots(1, 2)
    runs = _by_corpus(comparison)
    for index, (name, outcomes) in enumerate(runs.items()):
        color = f"C{index}"
        for number, outcome in enumerate(outcomes):
            steps, bits = zip(*outcome.curve, strict=True) if outcome.curve else ((), ())
            label = None if number else name
            curves.plot(steps, bits, marker=".", color=color, label=label)
        _draw_ends(ends, outcomes, index * 0.6 / len(runs), color)
    names = [evaluation.result.benchmark for evaluation in comparison.outcomes[0].evaluations]
    curves.set(title="While training", xlabel="step", ylabel="bits per byte of all benchmarks")
    ends.set(title="Reference solutions, by training run", ylabel="bits per byte")
    middle = 0.3 * (len(runs) - 1) / len(runs)
    ends.set_xticks([index + middle for index in range(len(names))], names)
    ends.legend()
    with rc_context({"svg.hashsalt": "mathmine", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_ends(axes: Any, outcomes: Sequence[TrainingOutcome], shift: float, color: str) -> None:
    rows = zip(*([e.result for e in outcome.evaluations] for outcome in outcomes), strict=True)
    for index, results in enumerate(rows):
        bits = [result.bits_per_byte.value for result in results if result.bits_per_byte]
        if not bits:
            continue
        label = None if index else outcomes[0].corpus
        mean, low, high = fmean(bits), min(bits), max(bits)
        axes.plot([index + shift + 0.05] * len(bits), bits, "x", color=color)
        axes.errorbar(
            *([index + shift], [mean], [[mean - low], [high - mean]]),
            color=color,
            label=label,
            fmt="o",
            capsize=3,
        )


def _by_corpus(comparison: Comparison) -> dict[str, list[TrainingOutcome]]:
    runs: dict[str, list[TrainingOutcome]] = {}
    for outcome in comparison.outcomes:
        runs.setdefault(outcome.corpus, []).append(outcome)
    return runs


def _results(comparison: Comparison) -> list[list[EvalResult]]:
    """Return a result per corpus and benchmark, named by the corpus, over all of its seeds."""
    return [
        [
            _over_seeds(name, [outcome.evaluations[index].result for outcome in outcomes])
            for index in range(len(outcomes[0].evaluations))
        ]
        for name, outcomes in _by_corpus(comparison).items()
    ]


def _over_seeds(name: str, results: Sequence[EvalResult]) -> EvalResult:
    """Return the means of all measures; their lows and highs are the extremes over the seeds."""
    first = results[0]
    if len(results) == 1:
        return replace(first, model=name)
    return replace(
        first,
        model=name,
        perplexity=_mean([result.perplexity for result in results]),
        bits_per_byte=_spread([result.bits_per_byte for result in results]),
        greedy=_spread([result.greedy for result in results]),
        pass_at={k: _extremes([result.pass_at[k] for result in results]) for k in first.pass_at},
        maj_at={k: _extremes([result.maj_at[k] for result in results]) for k in first.maj_at},
        finished=_mean([result.finished for result in results]),
        without_answer=_mean([result.without_answer for result in results]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return fmean(present) if present else None


def _spread(estimates: Sequence[Estimate | None]) -> Estimate | None:
    present = [estimate for estimate in estimates if estimate]
    return _extremes(present) if present else None


def _extremes(estimates: Sequence[Estimate]) -> Estimate:
    values = [estimate.value for estimate in estimates]
    return Estimate(fmean(values), min(values), max(values))
