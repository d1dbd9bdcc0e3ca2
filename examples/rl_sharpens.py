"""Measure what reinforcement learning changes in a model, with four methods.

    python examples/rl_sharpens.py [--out out/rl_sharpens] [--seeds 2] [--steps 80]

DeepSeekMath (arXiv:2402.03300) finds that reinforcement learning raises Maj@K but not Pass@K: right
answers that the model could already produce become more likely (section 5.2.2, figure 7). It also
finds that offline rejection sampling gains least, online rejection sampling more, GRPO with outcome
supervision more still, and GRPO with process supervision most (figure 5). Here the four methods
train the model of examples/arithmetic, with the same number of samples each, and are evaluated on
held-out problems.
Writes result.json and plot.png and prints a table and the findings. Takes 20 minutes on one core;
if it is killed, the same command resumes.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "examples"]

import torch  # noqa: E402

from examples.evaluate_arithmetic import evaluate_arithmetic  # noqa: E402
from examples.train_arithmetic import START, train_arithmetic  # noqa: E402
from schemas.errors import MathmineError  # noqa: E402
from training.evaluation.types import Estimate, EvalResult  # noqa: E402

METHODS: Mapping[str, tuple[str, ...]] = {
    "RFT": ("objective.method=rft",),
    "Online RFT": ("objective.method=online_rft",),
    "GRPO+OS": (),
    "GRPO+PS": ("objective.supervision=process", "rewards.steps=equations"),
}
_POINTS = 5  # of the curve over steps, besides the start


@dataclass(frozen=True)
class Trained:
    """The evaluation of a model after reinforcement learning, or (`SFT`, step 0) before."""

    method: str
    seed: int
    accuracy: Mapping[int, float]  # share of right samples at temperature 1, by step
    result: EvalResult


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    parser = _parser()
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        trained = _train_all(args)
    except MathmineError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_status
    _write(trained, args.out)
    print(format_findings(trained))
    return 0


def _train_all(args: argparse.Namespace) -> list[Trained]:
    checkpoints = (
        f"run.checkpoint_steps={max(1, args.steps // _POINTS)}",
        f"run.keep={args.steps}",
    )
    trained = [_evaluate("SFT", 0, {0: START}, args.out / "sft", args)]
    for seed in range(args.seeds):
        for method, overrides in METHODS.items():
            out = args.out / f"{method.lower().replace(' ', '-').replace('+', '-')}-{seed}"
            train_arithmetic(out, seed, args.steps, (*checkpoints, *overrides))
            models = {0: START} | _checkpoints(out)
            trained.append(_evaluate(method, seed, models, out, args))
    return trained


def format_findings(trained: Sequence[Trained]) -> str:
    """Return a table of the models, and sentences that compare it with the paper's findings."""
    largest = max(trained[0].result.pass_at)
    shown = sorted({min(8, largest), largest})
    names = ["T=1", "greedy", *(f"{kind}@{k}" for kind in ("maj", "pass") for k in shown)]
    lines = ["".join(["model".ljust(14), "seed", *(name.rjust(9) for name in names)])]
    for run in trained:
        result = run.result
        values = [result.pass_at[1], result.greedy]
        values += [result.maj_at[k] for k in shown] + [result.pass_at[k] for k in shown]
        cells = [f"{_value(value):9.3f}" for value in values]
        seed = "-" if run.method == "SFT" else str(run.seed)
        lines.append(run.method.ljust(14) + seed.rjust(4) + "".join(cells))
    return "\n".join([*lines, "", *_sentences(trained, shown)])


def _plot(trained: Sequence[Trained], path: Path) -> None:
    """Plot accuracy over steps, Pass@K and Maj@K: the mean and the range over seeds."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    FigureCanvasAgg(figure)
    over_steps, pass_at, maj_at = figure.subplots(1, 3)
    for method in dict.fromkeys(run.method for run in trained):
        runs = [run for run in trained if run.method == method]
        color = "black" if method == "SFT" else None
        if method != "SFT":
            _draw(over_steps, [run.accuracy for run in runs], method, color)
        else:
            over_steps.plot([], [], marker="o", color=color, label=method)
        for axes, kind in ((pass_at, "pass_at"), (maj_at, "maj_at")):
            curves = [getattr(run.result, kind) for run in runs]
            values = [{k: point.value for k, point in curve.items()} for curve in curves]
            _draw(axes, values, method, color)
    over_steps.set(title="Accuracy at temperature 1", xlabel="step", ylabel="% of held-out samples")
    over_steps.legend()
    for axes, title in ((pass_at, "Pass@K"), (maj_at, "Maj@K")):
        ks = list(trained[0].result.pass_at)
        axes.set(title=title, xlabel="K", ylabel="% of held-out problems")
        axes.set_xscale("log", base=2)
        axes.set_xticks(ks, [str(k) for k in ks])
    for axes in (over_steps, pass_at, maj_at):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=80)


def _draw(axes: Any, curves: Sequence[Mapping[int, float]], name: str, color: str | None) -> None:
    xs = list(curves[0])
    columns = [[100 * curve[x] for curve in curves] for x in xs]
    means = [fmean(column) for column in columns]
    [line] = axes.plot(xs, means, marker="o", markersize=4, label=name, color=color)
    low, high = [min(column) for column in columns], [max(column) for column in columns]
    axes.fill_between(xs, low, high, color=line.get_color(), alpha=0.15, linewidth=0)


def _checkpoints(out: Path) -> dict[int, Path]:
    """Return the models of a run by their number of steps."""
    folders = sorted((out / "checkpoints").glob("step-????????"))
    return {int(folder.name.removeprefix("step-")): folder / "model" for folder in folders}


def _evaluate(
    method: str, seed: int, models: Mapping[int, Path], out: Path, args: argparse.Namespace
) -> Trained:
    """Evaluate all models with few samples, and the last one with all samples."""
    few = [f"problems={4 * args.problems}", "sampling.samples=2", "greedy=false"]
    many = [f"problems={args.problems}", f"sampling.samples={args.samples}"]
    accuracy = {}
    for step, model in models.items():
        folder = out if step else args.out / "sft"  # all methods start from the same model
        result = evaluate_arithmetic(model, few, folder / f"accuracy-{step}.json")
        accuracy[step] = result.pass_at[1].value
    return Trained(method, seed, accuracy, evaluate_arithmetic(model, many, out / "result.json"))


def _sentences(trained: Sequence[Trained], shown: Sequence[int]) -> list[str]:
    before = trained[0].result
    after = [run for run in trained if run.method != "SFT"]
    sentences = []
    for kind, name in (("maj_at", "Maj"), ("pass_at", "Pass")):
        for k in shown:
            start = getattr(before, kind)[k].value
            changes = [round(getattr(run.result, kind)[k].value - start, 3) for run in after]
            low, high = min(changes) + 0.0, max(changes) + 0.0  # turns -0 into 0
            sentences.append(
                f"{name}@{k} was {start:.3f} and changes by {low:+.3f} to {high:+.3f}."
            )
    means = {
        method: fmean(run.result.pass_at[1].value for run in after if run.method == method)
        for method in dict.fromkeys(run.method for run in after)
    }
    order = sorted(means, key=lambda method: means[method])
    sentences.append(
        f"At temperature 1, from {before.pass_at[1].value:.3f}: "
        + ", ".join(f"{method} {means[method]:.3f}" for method in order)
        + ". The paper's order: RFT, Online RFT, GRPO+OS, GRPO+PS."
    )
    return sentences


def _write(trained: Sequence[Trained], out: Path) -> None:
    rows = [
        {
            "method": run.method,
            "seed": run.seed,
            "accuracy": run.accuracy,
            "result": run.result.to_json(),
        }
        for run in trained
    ]
    (out / "result.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    _plot(trained, out / "plot.png")


def _value(estimate: Estimate | None) -> float:
    return float("nan") if estimate is None else estimate.value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "rl_sharpens")
    parser.add_argument("--steps", type=int, default=80, help="rollouts of each run")
    parser.add_argument("--seeds", type=int, default=2, help="runs of each method")
    parser.add_argument("--problems", type=int, default=256, help="held-out problems")
    parser.add_argument("--samples", type=int, default=64, help="per problem, at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
