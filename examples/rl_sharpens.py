"""What reinforcement learning changes in a model, and which method changes it most.

    python examples/rl_sharpens.py [--out out/rl_sharpens] [--seeds 2] [--steps 80]

DeepSeekMath (arXiv:2402.03300) finds that reinforcement learning raises Maj@K and not Pass@K: the
right answers were there, and become the likely ones (section 5.2.2, figure 7); and that rejection
sampling gains least, online rejection sampling more, GRPO still more, and most with rewards of
steps (figure 5). Here the four go on from the model of examples/arithmetic, each with as many
samples as the others, and are asked problems that none has seen. Writes result.json and plot.png
and prints a table with what was found, whatever it is. A quarter of an hour of one core; killed,
the same command goes on.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "examples"]

import torch  # noqa: E402

from examples.evaluate_arithmetic import evaluate_arithmetic  # noqa: E402
from training import grpo_run  # noqa: E402
from training.evaluation.types import Estimate, EvalResult  # noqa: E402

START = ROOT / "examples" / "arithmetic" / "model"
METHODS: Mapping[str, tuple[str, ...]] = {
    "RFT": ("objective.method=rft",),
    "Online RFT": ("objective.method=online_rft",),
    "GRPO+OS": (),
    "GRPO+PS": ("objective.supervision=process", "rewards.steps=equations"),
}
_POINTS = 5  # of the curve over steps, beside the start


@dataclass(frozen=True)
class Trained:
    """A model after reinforcement learning, or (`SFT`, step 0) before."""

    method: str
    seed: int
    accuracy: Mapping[int, float]  # share of right samples at temperature 1, by step
    result: EvalResult


def main(argv: Sequence[str] | None = None) -> int:
    """Train and ask what `argv` says and return the exit code."""
    args = _parser().parse_args(argv)
    torch.set_num_threads(1)
    trained = [_ask("SFT", 0, {0: START}, args.out / "sft", args)]
    for seed in range(args.seeds):
        for method, settings in METHODS.items():
            out = args.out / f"{method.lower().replace(' ', '-').replace('+', '-')}-{seed}"
            if code := _train(settings, seed, out, args.steps):
                return code
            models = {0: START} | _checkpoints(out)
            trained.append(_ask(method, seed, models, out, args))
    _write(trained, args.out)
    print(format_findings(trained))
    return 0


def format_findings(trained: Sequence[Trained]) -> str:
    """Return a table of the models, and what it says of the paper's two findings."""
    largest = max(trained[0].result.pass_at)
    shown = sorted({min(8, largest), largest})
    names = ["T=1", "greedy", *(f"{kind}@{k}" for kind in ("maj", "pass") for k in shown)]
    lines = ["".join(["model".ljust(14), "seed", *(name.rjust(9) for name in names)])]
    for one in trained:
        found = one.result
        values = [found.pass_at[1], found.greedy]
        values += [found.maj_at[k] for k in shown] + [found.pass_at[k] for k in shown]
        cells = [f"{_value(value):9.3f}" for value in values]
        seed = "-" if one.method == "SFT" else str(one.seed)
        lines.append(one.method.ljust(14) + seed.rjust(4) + "".join(cells))
    return "\n".join([*lines, "", *_sentences(trained, shown)])


def _plot(trained: Sequence[Trained], path: Path) -> None:
    """Draw accuracy over steps, Pass@K and Maj@K: means over seeds, and from least to most."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    FigureCanvasAgg(figure)
    over_steps, pass_at, maj_at = figure.subplots(1, 3)
    for method in dict.fromkeys(one.method for one in trained):
        runs = [one for one in trained if one.method == method]
        color = "black" if method == "SFT" else None
        if method != "SFT":
            _draw(over_steps, [one.accuracy for one in runs], method, color)
        else:
            over_steps.plot([], [], marker="o", color=color, label=method)
        for axes, kind in ((pass_at, "pass_at"), (maj_at, "maj_at")):
            curves = [getattr(one.result, kind) for one in runs]
            values = [{k: one.value for k, one in curve.items()} for curve in curves]
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
    places = list(curves[0])
    columns = [[100 * curve[place] for curve in curves] for place in places]
    means = [fmean(column) for column in columns]
    [line] = axes.plot(places, means, marker="o", markersize=4, label=name, color=color)
    low, high = [min(column) for column in columns], [max(column) for column in columns]
    axes.fill_between(places, low, high, color=line.get_color(), alpha=0.15, linewidth=0)


def _train(settings: Sequence[str], seed: int, out: Path, steps: int) -> int:
    told = [
        f"model.path={START}",
        f"problems.files={START.parent / 'problems.jsonl'}",
        *(f"steps={steps}", f"problems.seed={seed}", f"rollout.seed={seed}"),
        *(f"run.checkpoint_steps={max(1, steps // _POINTS)}", f"run.keep={steps}"),
        *settings,
    ]
    with redirect_stdout(sys.stderr):  # its table is not ours
        return grpo_run.main(["--out", str(out), *(f"--set={one}" for one in told)])


def _checkpoints(out: Path) -> dict[int, Path]:
    """Return the models of a run by the steps that they have taken."""
    folders = sorted((out / "checkpoints").glob("step-????????"))
    return {int(one.name.removeprefix("step-")): one / "model" for one in folders}


def _ask(
    method: str, seed: int, models: Mapping[int, Path], out: Path, args: argparse.Namespace
) -> Trained:
    """Ask all of the models a little, and the last one all."""
    few = [f"problems={4 * args.problems}", "sampling.samples=2", "greedy=false"]
    many = [f"problems={args.problems}", f"sampling.samples={args.samples}"]
    accuracy = {}
    for step, model in models.items():
        asked = out if step else args.out / "sft"  # the start is the same for all
        found = evaluate_arithmetic(model, few, asked / f"accuracy-{step}.json")
        accuracy[step] = found.pass_at[1].value
    return Trained(method, seed, accuracy, evaluate_arithmetic(model, many, out / "result.json"))


def _sentences(trained: Sequence[Trained], shown: Sequence[int]) -> list[str]:
    before = trained[0].result
    after = [one for one in trained if one.method != "SFT"]
    said = []
    for kind, name in (("maj_at", "Maj"), ("pass_at", "Pass")):
        for k in shown:
            start = getattr(before, kind)[k].value
            changes = [round(getattr(one.result, kind)[k].value - start, 3) for one in after]
            low, high = min(changes) + 0.0, max(changes) + 0.0  # which makes 0 of -0
            said.append(f"{name}@{k} was {start:.3f} and changes by {low:+.3f} to {high:+.3f}.")
    means = {
        method: fmean(one.result.pass_at[1].value for one in after if one.method == method)
        for method in dict.fromkeys(one.method for one in after)
    }
    order = sorted(means, key=lambda method: means[method])
    said.append(
        f"At temperature 1, from {before.pass_at[1].value:.3f}: "
        + ", ".join(f"{method} {means[method]:.3f}" for method in order)
        + ". The paper's order: RFT, Online RFT, GRPO+OS, GRPO+PS."
    )
    return said


def _write(trained: Sequence[Trained], out: Path) -> None:
    rows = [
        {
            "method": one.method,
            "seed": one.seed,
            "accuracy": one.accuracy,
            "result": one.result.to_json(),
        }
        for one in trained
    ]
    (out / "result.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    _plot(trained, out / "plot.png")


def _value(estimate: Estimate | None) -> float:
    return float("nan") if estimate is None else estimate.value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "rl_sharpens")
    parser.add_argument("--steps", type=int, default=80, help="of each run")
    parser.add_argument("--seeds", type=int, default=2, help="runs of each method")
    parser.add_argument("--problems", type=int, default=256, help="held-out ones, for K samples")
    parser.add_argument("--samples", type=int, default=64, help="of each problem, at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
