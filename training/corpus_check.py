"""Compare corpora: train the same model on each and evaluate all on the same benchmarks.

    python training/corpus_check.py --config configs/pretrain_tiny_cpu.toml --out out/check \
      --corpus mined=out/example/corpus --rejected-of out/example \
      --benchmark examples/benchmarks/*.jsonl [--seeds 0 1 2] [--set batch.tokens=4096]

Every training run uses the pretraining config, with one corpus in place of its first source.
--rejected-of adds a corpus of the pages that a mining run did not collect. Writes comparison.json,
comparison.png and a model per corpus and seed. Confidence intervals are over problems only: use
several seeds to see the variation between training runs, and several benchmarks, since a tiny
model's likelihood of word problems says more about prose than about mathematics.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
# Python puts the directory of a script first on sys.path. Put the project root there instead, so
# that its packages import without an install and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from schemas.errors import MathmineError  # noqa: E402
from schemas.strict_toml import read_toml  # noqa: E402
from training.settings.evaluation import EvalSettings  # noqa: E402
from training.settings.pretrain import PretrainSettings  # noqa: E402

if TYPE_CHECKING:
    from training.evaluation.compare_corpora import TrainFunction
    from training.evaluation.judge import Judge


def main(
    argv: list[str] | None = None,
    train_on: "TrainFunction | None" = None,
    judge: "Judge | None" = None,
) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        _compare(args, train_on, judge)
    except MathmineError as error:
        print(f"corpus_check.py: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _compare(
    args: argparse.Namespace, train_on: "TrainFunction | None", judge: "Judge | None"
) -> None:
    settings = read_toml(EvalSettings, args.eval_config)
    pretrain_settings = read_toml(PretrainSettings, args.config, args.set)
    # Imported only now, since torch takes seconds: mistakes in the settings are answered at once.
    from training.data.problems import read_items
    from training.data.rejected_pages import write_rejected_pages
    from training.evaluation.compare_corpora import compare_corpora, pretraining
    from training.evaluation.corpus_report import report_comparison
    from training.evaluation.judge import default_judge
    from training.run.metrics import progress_line

    folders = dict(args.corpus)
    if args.rejected_of:
        folders["rejected"] = args.out / "rejected-pages"
        write_rejected_pages(args.rejected_of, folders["rejected"])
    comparison = compare_corpora(
        folders,
        [read_items(path, settings.columns) for path in args.benchmark],
        read_items(args.examples, settings.example_columns) if args.examples else [],
        settings,
        args.out,
        train_on=train_on or pretraining(pretrain_settings),
        judge=judge or default_judge(),
        seeds=args.seeds,
        device=args.device,
        progress=progress_line,
    )
    print(report_comparison(comparison, folders, settings, args.out))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", action="append", default=[], type=_pair, metavar="NAME=FOLDER")
    parser.add_argument("--rejected-of", type=Path, help="output directory of mathmine run")
    parser.add_argument("--config", type=Path, required=True, help="settings of pretrain_run.py")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--benchmark", type=Path, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one training per seed")
    parser.add_argument("--examples", type=Path, help="file of solved examples for the shots")
    preset = ROOT / "configs" / "eval_corpus_check.toml"
    parser.add_argument("--eval-config", type=Path, default=preset, help="settings of eval_run.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="auto")
    return parser


def _pair(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=FOLDER")
    return name, Path(folder)


if __name__ == "__main__":
    sys.exit(main())
