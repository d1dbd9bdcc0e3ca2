"""Evaluate a model on a benchmark, few-shot: perplexity, accuracy, Pass@K and Maj@K.

    python training/eval_run.py --model out/run/model --benchmark bench/gsm8k/test.jsonl \
      --examples bench/gsm8k/train.jsonl --out out/eval [--config configs/eval.toml] \
      [--set sampling.samples=8] [--beside out/other/result.json]

Writes result.json, answers.jsonl (every answer) and, if there are samples, plot.png. The benchmark
is JSON Lines, JSON or Parquet; `columns` in the settings names its columns.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Python puts the directory of a script first on sys.path. Put the project root there instead, so
# that its packages import without an install and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from schemas.errors import MathmineError  # noqa: E402
from schemas.strict_toml import read_toml  # noqa: E402
from training.data.problems import draw_items, read_items  # noqa: E402
from training.evaluation.evaluate import evaluate  # noqa: E402
from training.evaluation.judge import Judge, default_judge  # noqa: E402
from training.evaluation.report import read_result, report_evaluation  # noqa: E402
from training.models.local_model import load_local_model  # noqa: E402
from training.run.metrics import progress_line  # noqa: E402
from training.settings.evaluation import EvalSettings  # noqa: E402


def main(argv: list[str] | None = None, judge: Judge | None = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        _evaluate(args, judge or default_judge())
    except MathmineError as error:
        print(f"eval_run.py: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _evaluate(args: argparse.Namespace, judge: Judge) -> None:
    settings = read_toml(EvalSettings, args.config, args.set)
    items = read_items(args.benchmark, settings.columns)
    examples = read_items(args.examples, settings.example_columns) if args.examples else []
    others = [read_result(path) for path in args.beside]
    evaluation = evaluate(
        load_local_model(args.model, args.device),
        draw_items(items, settings.problems, settings.problems_seed),
        examples,
        settings,
        judge,
        name=str(args.model),
        batch_rows=args.batch_rows,
        progress=progress_line,
    )
    print(report_evaluation(evaluation, others, settings, args.out))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", type=Path, required=True, help="directory in the Hugging Face layout"
    )
    parser.add_argument("--benchmark", type=Path, required=True, help="file of problems")
    parser.add_argument("--examples", type=Path, help="file of solved examples for the shots")
    parser.add_argument("--out", type=Path, required=True, help="directory for the results")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "eval.toml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--beside", type=Path, nargs="*", default=[], help="other result.json files to compare with"
    )
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; auto: a GPU if any")
    parser.add_argument("--batch-rows", type=int, default=16, help="prompts per batch")
    return parser


if __name__ == "__main__":
    sys.exit(main())
