"""What comparing corpora gave: a table, a verdict, JSON and a plot."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from training.evaluation.compare_corpora import Comparison, Difference, Outcome
from training.evaluation.report import format_table
from training.evaluation.types import EvalResult


def format_comparison(found: Comparison) -> str:
    """Return a table a benchmark with a column a training, and a sentence a difference."""
    tables = []
    for results in zip(*_results(found), strict=True):
        tables += [format_table(results), ""]
    return "\n".join([*tables, *map(_verdict, found.differences)])


def write_comparison(found: Comparison, about: Mapping[str, Any], path: Path) -> None:
    """Write results, curves and differences as JSON, with what they came `about` from."""
    outcomes = [
        {
            "corpus": one.corpus,
            "seed": one.seed,
            "curve": list(map(list, one.curve)),
            "results": [evaluation.result.to_json() for evaluation in one.evaluations],
        }
        for one in found.outcomes
    ]
    differences = [asdict(one) for one in found.differences]
    fields = {"outcomes": outcomes, "differences": differences, "about": about}
    path.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def plot_comparison(found: Comparison, path: Path) -> None:
    """Draw bits per byte over the steps of training, and at its end on each benchmark."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    over, end = figure.subplots(1, 2)
    colors = {one.corpus: f"C{i}" for i, one in reversed(list(enumerate(found.outcomes)))}
    for place, one in enumerate(found.outcomes):
        is_named = one.seed == found.outcomes[0].seed
        steps, bits = zip(*one.curve, strict=True) if one.curve else ((), ())
        label = one.corpus if is_named else None
        over.plot(steps, bits, marker=".", color=colors[one.corpus], label=label)
        _draw_end(end, one, place * 0.6 / len(found.outcomes), colors[one.corpus], label)
    names = [evaluation.result.benchmark for evaluation in found.outcomes[0].evaluations]
    over.set(title="While training", xlabel="step", ylabel="bits per byte of all benchmarks")
    end.set(title="Worked solutions", ylabel="bits per byte")
    middle = 0.3 * (len(found.outcomes) - 1) / len(found.outcomes)
    end.set_xticks([place + middle for place in range(len(names))], names)
    end.legend()
    with rc_context({"svg.hashsalt": "mathmine", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_end(axes: Any, one: Outcome, shift: float, color: str, label: str | None) -> None:
    results = [evaluation.result.bits_per_byte for evaluation in one.evaluations]
    points = [(place + shift, bits) for place, bits in enumerate(results) if bits]
    axes.errorbar(
        [place for place, _ in points],
        [bits.value for _, bits in points],
        [[b.value - b.low for _, b in points], [b.high - b.value for _, b in points]],
        color=color,
        label=label,
        fmt="o",
        capsize=3,
    )


def _results(found: Comparison) -> list[list[EvalResult]]:
    """Return the results of each training, named by corpus and, if there are more, by seed."""
    many = len({one.seed for one in found.outcomes}) > 1
    return [
        [
            replace(evaluation.result, model=f"{one.corpus}-{one.seed}" if many else one.corpus)
            for evaluation in one.evaluations
        ]
        for one in found.outcomes
    ]


def _verdict(one: Difference) -> str:
    """Say which is better, where the interval of the difference leaves zero out."""
    where = f"{one.benchmark}, seed {one.seed}:"
    low, high = one.behind.low, one.behind.high
    if low <= 0 <= high:
        return (
            f"{where} {one.first} and {one.other} differ by {one.behind.value:+.3f} bits per byte"
            f" ({low:+.3f} to {high:+.3f}), no more than other problems would change."
        )
    better, worse = (one.first, one.other) if low > 0 else (one.other, one.first)
    near, far = sorted((abs(low), abs(high)))
    size = f"{abs(one.behind.value):.3f} bits per byte ({near:.3f} to {far:.3f})"
    return f"{where} {better} is better than {worse} by {size}."
