"""Report results as a table, as JSON, and as the paper's figure 7: Pass@K and Maj@K over K."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers

from schemas.errors import InputError
from training.evaluation.evaluate import Evaluation
from training.evaluation.few_shot import format_question
from training.evaluation.types import Estimate, EvalResult


def report_evaluation(
    evaluation: Evaluation, others: Sequence[EvalResult], about: Mapping[str, Any], out: Path
) -> str:
    """Write result.json, answers.jsonl and, if there are samples, plot.png; return the table.

    Table and plot show the `others` next to the result. `about` is written into result.json.
    """
    results = [evaluation.result, *others]
    out.mkdir(parents=True, exist_ok=True)
    write_answers(evaluation, out / "answers.jsonl")
    if evaluation.result.pass_at:
        plot_results(results, out / "plot.png")
    write_result(evaluation.result, about, out / "result.json")
    return format_table(results)


def write_answers(evaluation: Evaluation, path: Path) -> None:
    """Write every graded answer as a line of JSON, with its question, prompt and gold answer."""
    problems = {problem.item.row: problem for problem in evaluation.problems}
    with path.open("w", encoding="utf-8") as file:
        for answer in evaluation.answers:
            problem = problems[answer.row]
            shown = {
                "question": format_question(problem.item),
                "gold": problem.item.answer,
                "prompt": problem.prompt,
            }
            file.write(json.dumps(asdict(answer) | shown, ensure_ascii=False) + "\n")


def write_result(result: EvalResult, about: Mapping[str, Any], path: Path) -> None:
    """Write a result as JSON, with `about` (settings and inputs) and the versions of libraries."""
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    fields = {**result.to_json(), **about, "versions": versions}
    text = json.dumps(fields, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_result(path: Path) -> EvalResult:
    """Read a file of `write_result`. Raises InputError if it is missing or not such a file."""
    try:
        return EvalResult.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not a result of eval_run.py: {error!r}") from error


def format_table(results: Sequence[EvalResult]) -> str:
    """Return a table: a column per result, a row per measure that any of them has."""
    rows = [(name, [cell(result) for result in results]) for name, cell in _measures(results)]
    rows = [row for row in rows if set(row[1]) != {"-"}]
    head = ("", [_name(result) for result in results])
    widths = [max(len(row[1][i]) for row in [head, *rows]) for i in range(len(results))]
    left = max(len(name) for name, _ in rows)
    return "\n".join(
        "  ".join([name.ljust(left), *(c.rjust(w) for c, w in zip(cells, widths, strict=True))])
        for name, cells in [head, *rows]
    )


def plot_results(results: Sequence[EvalResult], path: Path) -> None:
    """Plot Pass@K and Maj@K of each result with their intervals, as PNG or SVG by the suffix.

    Raises ValueError if no result has either.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sampled = [result for result in results if result.pass_at]
    if not sampled:
        raise ValueError("no result has samples to plot")
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, curve in zip(figure.subplots(1, 2), ("Pass@K", "Maj@K"), strict=True):
        for result in sampled:
            label = f"{_name(result)} on {result.benchmark}"
            _draw(axes, result.pass_at if curve == "Pass@K" else result.maj_at, label)
        axes.set(title=curve, xlabel="K", ylabel="% of problems")
        axes.set_xscale("log", base=2)
        ks = sorted({k for result in sampled for k in result.pass_at})
        axes.set_xticks(ks, [str(k) for k in ks])
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    # Without the salt the ids in an SVG are random; "none" keeps text as text, not as outlines.
    with rc_context({"svg.hashsalt": "mathmine", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw(axes: Any, curve: Mapping[int, Estimate], label: str) -> None:
    ks, points = list(curve), list(curve.values())
    [line] = axes.plot(ks, [100 * point.value for point in points], marker="o", label=label)
    low, high = [100 * point.low for point in points], [100 * point.high for point in points]
    axes.fill_between(ks, low, high, color=line.get_color(), alpha=0.15, linewidth=0)


def _name(result: EvalResult) -> str:
    """Return the last two parts of the model's path: the last one is often just "model"."""
    return "/".join(Path(result.model).parts[-2:])


def _measures(results: Sequence[EvalResult]) -> list[tuple[str, Any]]:
    measures: list[tuple[str, Any]] = [
        ("benchmark", lambda r: r.benchmark),
        ("problems", lambda r: f"{r.problems:,}"),
        ("with an answer", lambda r: f"{r.with_answer:,}"),
        ("fewer shots", lambda r: f"{r.fewer_shots:,}"),
        ("perplexity", lambda r: "-" if r.perplexity is None else f"{r.perplexity:.3f}"),
        ("bits per byte", lambda r: _interval(r.bits_per_byte, 1, 3)),
        ("greedy, %", lambda r: _interval(r.greedy, 100, 1)),
    ]
    for k in sorted({k for result in results for k in result.pass_at}):
        measures.append((f"pass@{k}, %", lambda r, k=k: _interval(r.pass_at.get(k), 100, 1)))
    for k in sorted({k for result in results for k in result.maj_at}):
        measures.append((f"maj@{k}, %", lambda r, k=k: _interval(r.maj_at.get(k), 100, 1)))
    measures += [
        ("finished, %", lambda r: _percent(r.finished)),
        ("without answer, %", lambda r: _percent(r.without_answer)),
    ]
    return measures


def _interval(estimate: Estimate | None, scale: float, digits: int) -> str:
    if estimate is None:
        return "-"
    value, low, high = (scale * x for x in (estimate.value, estimate.low, estimate.high))
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
