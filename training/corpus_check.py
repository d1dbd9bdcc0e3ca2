"""Which corpus is better? Train the same model on each, and ask all the same benchmark.

    python training/corpus_check.py --config configs/pretrain_tiny_cpu.toml --out out/check \
      --corpus mined=out/example/corpus --rejected-of out/example \
      --benchmark examples/benchmarks/*.jsonl [--seeds 0 1 2] [--set batch.tokens=4096]

Steps and tokens are those of the one pretraining config, whose first source is replaced by each
corpus in turn; --rejected-of adds the pages of a mining run that it did not collect. Writes
comparison.json and comparison.png, and each model in a folder named by corpus and seed. Intervals
say what other problems would change; other seeds say what other trainings would. Ask several
benchmarks: a tiny model's likelihood of word problems says more of prose than of mathematics.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, Python puts training/ first on the path. Put the project root there instead:
# its packages import without an install, and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from schemas.strict_toml import read_toml  # noqa: E402
from training.data.benchmarks import read_items  # noqa: E402
from training.data.rejected_pages import write_rejected_pages  # noqa: E402
from training.evaluation import corpus_report  # noqa: E402
from training.evaluation.compare_corpora import Train, compare_corpora  # noqa: E402
from training.evaluation.evaluate import Judge  # noqa: E402
from training.evaluation.judge import default_judge  # noqa: E402
from training.evaluation.pretrain_on import pretrain_by  # noqa: E402
from training.run.metrics import progress_line  # noqa: E402
from training.settings.evaluation import EvalSettings  # noqa: E402


def main(
    argv: list[str] | None = None, train: Train | None = None, judge: Judge | None = None
) -> int:
    """Compare as `argv` says and return the exit code, 2 for what is wrong with it."""
    args = _parser().parse_args(argv)
    try:
        _compare(args, train or pretrain_by(args.config, args.set), judge or default_judge())
    except ValueError as error:
        print(f"corpus_check.py: {error}", file=sys.stderr)
        return 2
    return 0


def _compare(args: argparse.Namespace, train: Train, judge: Judge) -> None:
    settings = read_toml(EvalSettings, args.eval_config)
    corpora = dict(args.corpus)
    if args.rejected_of:
        corpora["rejected"] = args.out / "rejected-pages"
        write_rejected_pages(args.rejected_of, corpora["rejected"])
    found = compare_corpora(
        *(corpora, [read_items(path, settings.columns) for path in args.benchmark]),
        read_items(args.examples, settings.example_columns) if args.examples else [],
        *(settings, args.out),
        train=train,
        judge=judge,
        seeds=args.seeds,
        device=args.device,
        progress=progress_line,
    )
    about = {"corpora": {k: str(v) for k, v in corpora.items()}, "settings": asdict(settings)}
    corpus_report.write_comparison(found, about, args.out / "comparison.json")
    corpus_report.plot_comparison(found, args.out / "comparison.png")
    print(corpus_report.format_comparison(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", action="append", default=[], type=_pair, metavar="NAME=FOLDER")
    parser.add_argument("--rejected-of", type=Path, help="folder of mathmine run")
    parser.add_argument("--config", type=Path, required=True, help="of pretrain_run.py")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--benchmark", type=Path, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one training each")
    parser.add_argument("--examples", type=Path, help="file of worked examples for the shots")
    parser.add_argument(
        "--eval-config", type=Path, default=ROOT / "configs" / "eval_corpus_check.toml"
    )
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
