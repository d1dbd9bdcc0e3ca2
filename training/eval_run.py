"""Evaluate a model on a benchmark, few-shot: perplexity, accuracy, Pass@K and Maj@K.

    python training/eval_run.py --model out/run/model --benchmark bench/gsm8k/test.jsonl \
      --examples bench/gsm8k/train.jsonl --out out/eval [--config configs/eval.toml] \
      [--set sampling.samples=8] [--beside out/other/result.json]

Writes result.json, answers.jsonl (every answer with its prompt) and, if there are samples,
plot.png, into a folder without a result. The benchmark is JSON, CSV or Parquet; `columns` in
the settings names its columns.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
# Python puts the directory of a script first on sys.path. Put the project root there instead, so
# that its packages import without an install and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from schemas.errors import MathmineError, StageRefusedError  # noqa: E402
from schemas.strict_toml import read_toml  # noqa: E402
from training.run.script import integer_between  # noqa: E402
from training.settings.evaluation import EvalSettings  # noqa: E402

if TYPE_CHECKING:
    from training.evaluation.judge import Judge


def main(argv: list[str] | None = None, judge: "Judge | None" = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        _evaluate(args, judge)
    except MathmineError as error:
        print(f"eval_run.py: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _evaluate(args: argparse.Namespace, judge: "Judge | None") -> None:
    settings = read_toml(EvalSettings, args.config, args.set)
    if (args.out / "result.json").exists():
        raise StageRefusedError(f"{args.out} already holds a result: choose another --out")
    # Imported only now, since torch takes seconds: mistakes in the settings are answered at once.
    from training.data.problems import draw_items, read_items
    from training.evaluation.digests import file_digests, folder_digests
    from training.evaluation.evaluate import evaluate
    from training.evaluation.judge import default_judge
    from training.evaluation.report import read_result, report_evaluation
    from training.models.local_model import load_local_model
    from training.run.metrics import progress_line

    items = read_items(args.benchmark, settings.columns)
    examples = read_items(args.examples, settings.example_columns) if args.examples else []
    others = [read_result(path) for path in args.beside]
    model = load_local_model(args.model, args.device)
    inputs = {
        "model": folder_digests(args.model),
        "benchmark": file_digests([args.benchmark]),
        "examples": file_digests([args.examples] if args.examples else []),
    }
    evaluation = evaluate(
        model,
        draw_items(items, settings.problems, settings.problems_seed),
        examples,
        settings,
        judge or default_judge(),
        name=str(args.model),
        batch_rows=args.batch_rows,
        progress=progress_line,
    )
    about = {"settings": asdict(settings), "inputs": inputs}
    print(report_evaluation(evaluation, others, about, args.out))


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
    parser.add_argument(
        "--batch-rows", type=integer_between(1, 10**6), default=16, help="prompts per batch"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
