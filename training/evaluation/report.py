"""Results as a table, as JSON, and as the plot of figure 7: Pass@K and Maj@K over K."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from training.evaluation.types import Estimate, EvalResult


def write_result(result: EvalResult, settings: Mapping[str, Any], path: Path) -> None:
    """Write a result as JSON, with the settings and versions it came from."""
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    fields = result.to_json() | {"settings": settings, "versions": versions}
    text = json.dumps(fields, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_result(path: Path) -> EvalResult:
    """Read the result in a file of `write_result`. Raises ValueError if it is none."""
    try:
        return EvalResult.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no result of eval_run.py: {error!r}") from error


def format_table(results: Sequence[EvalResult]) -> str:
    """Return one column a result, one row a measure that any has; accuracies in percent."""
    rows = [(name, [cell(one) for one in results]) for name, cell in _measures(results)]
    rows = [row for row in rows if set(row[1]) != {"-"}]
    head = ("", [_name(one) for one in results])
    widths = [max(len(row[1][i]) for row in [head, *rows]) for i in range(len(results))]
    left = max(len(name) for name, _ in rows)
    return "\n".join(
        "  ".join([name.ljust(left), *(c.rjust(w) for c, w in zip(cells, widths, strict=True))])
        for name, cells in [head, *rows]
    )


def plot_results(results: Sequence[EvalResult], path: Path) -> None:
    """Draw Pass@K and Maj@K of each result with their intervals; the suffix says PNG or SVG.

    Raises ValueError if no result has either.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [one for one in results if one.pass_at]
    if not drawn:
        raise ValueError("no result has samples to draw")
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, curve in zip(figure.subplots(1, 2), ("Pass@K", "Maj@K"), strict=True):
        for one in drawn:
            label = f"{_name(one)} on {one.benchmark}"
            _draw(axes, one.pass_at if curve == "Pass@K" else one.maj_at, label)
        axes.set(title=curve, xlabel="K", ylabel="% of problems")
        axes.set_xscale("log", base=2)
        ks = sorted({k for one in drawn for k in one.pass_at})
        axes.set_xticks(ks, [str(k) for k in ks])
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    with rc_context({"svg.hashsalt": "mathmine", "svg.fonttype": "none"}):  # no chance, no shapes
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw(axes: Any, curve: Mapping[int, Estimate], label: str) -> None:
    ks, points = list(curve), list(curve.values())
    [line] = axes.plot(ks, [100 * one.value for one in points], marker="o", label=label)
    low, high = [100 * one.low for one in points], [100 * one.high for one in points]
    axes.fill_between(ks, low, high, color=line.get_color(), alpha=0.15, linewidth=0)


def _name(result: EvalResult) -> str:
    """Return the end of the model's path: folders of models are often all called model."""
    return "/".join(Path(result.model).parts[-2:])


def _measures(results: Sequence[EvalResult]) -> list[tuple[str, Any]]:
    measures: list[tuple[str, Any]] = [
        ("benchmark", lambda one: one.benchmark),
        ("problems", lambda one: f"{one.problems:,}"),
        ("with an answer", lambda one: f"{one.with_answer:,}"),
        ("fewer shots", lambda one: f"{one.fewer_shots:,}"),
        ("perplexity", lambda one: "-" if one.perplexity is None else f"{one.perplexity:.3f}"),
        ("bits per byte", lambda one: _interval(one.bits_per_byte, 1, 3)),
        ("greedy, %", lambda one: _interval(one.greedy, 100, 1)),
    ]
    for k in sorted({k for one in results for k in one.pass_at}):
        measures.append((f"pass@{k}, %", lambda one, k=k: _interval(one.pass_at.get(k), 100, 1)))
    for k in sorted({k for one in results for k in one.maj_at}):
        measures.append((f"maj@{k}, %", lambda one, k=k: _interval(one.maj_at.get(k), 100, 1)))
    measures += [
        ("finished, %", lambda one: _percent(one.finished)),
        ("without answer, %", lambda one: _percent(one.without_answer)),
    ]
    return measures


def _interval(estimate: Estimate | None, scale: float, digits: int) -> str:
    if estimate is None:
        return "-"
    value, low, high = (scale * one for one in (estimate.value, estimate.low, estimate.high))
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
