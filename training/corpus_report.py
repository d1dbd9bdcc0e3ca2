"""What comparing corpora gave: a table, a verdict, JSON and a plot."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.compare_corpora import Comparison
from training.eval_report import format_table
from training.eval_result import Estimate


def format_comparison(found: Comparison) -> str:
    """Return the table of all measures, and a sentence for each corpus but the first."""
    table = format_table([one.result for one in found.evaluations.values()])
    first = next(iter(found.evaluations))
    lines = [_verdict(first, other, more) for other, more in found.behind.items()]
    return "\n".join([table, "", *lines])


def write_comparison(found: Comparison, about: Mapping[str, Any], path: Path) -> None:
    """Write results, curves and differences as JSON, with what they came `about` from."""
    fields = {
        "results": {name: one.result.to_json() for name, one in found.evaluations.items()},
        "bits_per_byte_behind_first": {name: vars(one) for name, one in found.behind.items()},
        "curves": {name: list(map(list, curve)) for name, curve in found.curves.items()},
        "about": about,
    }
    path.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def plot_comparison(found: Comparison, path: Path) -> None:
    """Draw bits per byte over the steps of training, and at the end with intervals."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    over, end = figure.subplots(1, 2)
    for place, (name, one) in enumerate(found.evaluations.items()):
        steps, bits = zip(*found.curves[name], strict=True) if found.curves[name] else ((), ())
        over.plot(steps, bits, marker=".", label=name)
        if final := one.result.bits_per_byte:
            bars = [[final.value - final.low], [final.high - final.value]]
            end.errorbar([place], [final.value], bars, marker="o", capsize=4)
    over.set(title="While training", xlabel="step", ylabel="bits per byte of questions and answers")
    end.set(title="Worked solutions", ylabel="bits per byte")
    end.set_xticks(range(len(found.evaluations)), list(found.evaluations))
    over.legend()
    with rc_context({"svg.hashsalt": "mathmine", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _verdict(first: str, other: str, more: Estimate) -> str:
    """Say which is better, where the interval of the difference leaves zero out."""
    interval = f"{abs(more.value):.3f} bits per byte ({more.low:+.3f} to {more.high:+.3f})"
    if more.low > 0:
        return f"{first} is better than {other} by {interval}."
    if more.high < 0:
        return f"{other} is better than {first} by {interval}."
    return f"{first} and {other} differ by {interval}: no more than other problems would change."
