"""Compare corpora: train the same model on each and evaluate all on the same benchmarks.

    python training/corpus_check.py --config configs/pretrain_tiny_cpu.toml --out out/check \
      --corpus mined=out/example/corpus --rejected-of out/example \
      --benchmark examples/benchmarks/*.jsonl [--seeds 0 1 2] [--set batch.tokens=4096]

Every training run uses the pretraining config, with one corpus in place of its first source; the
documents of a corpus are divided at random among its runs, one per seed. --rejected-of adds a
corpus of the pages that a mining run did not collect. Writes comparison.json, comparison.png and a
model per corpus and seed, and prints one verdict per benchmark on each corpus and the first, over
seeds and problems; a single seed gives none. Use several benchmarks, since a tiny model's
likelihood of word problems says more about prose than about mathematics.

--null compares two random halves of each corpus instead. Both are of the same corpus, so a winner
is named by chance: at the default level in at most 1 of 20 runs (with other --seeds each time).
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

from schemas.errors import InputError, MathmineError  # noqa: E402
from schemas.manifest import Identity  # noqa: E402
from schemas.strict_toml import read_toml  # noqa: E402
from training.run.script import integer_between  # noqa: E402
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
    from training.evaluation.compare_corpora import (
        check_comparison,
        compare_corpora,
        pretraining,
    )
    from training.evaluation.corpus_report import report_comparison
    from training.evaluation.judge import default_judge
    from training.models.local_model import find_device
    from training.run.distributed import start_world
    from training.run.folder import open_run_folder
    from training.run.metrics import progress_line

    column = pretrain_settings.sources[0].column
    benchmarks = [read_items(path, settings.columns) for path in args.benchmark]
    examples = read_items(args.examples, settings.example_columns) if args.examples else []
    folders = _corpora(args)
    check_comparison(list(folders), args.seeds, args.null)
    find_device(args.device)  # before the first training, not after it
    identity = _identity(args, settings, pretrain_settings)
    with start_world() as world:
        open_run_folder(args.out, identity, world)
    if args.rejected_of:
        write_rejected_pages(args.rejected_of, folders["rejected"])
    comparison = compare_corpora(
        folders,
        benchmarks,
        examples,
        settings,
        args.out,
        train_on=train_on or pretraining(pretrain_settings),
        judge=judge or default_judge(),
        seeds=args.seeds,
        null=args.null,
        column=column,
        device=args.device,
        progress=progress_line,
    )
    about = {
        "corpora": {name: str(folder) for name, folder in folders.items()},
        "settings": identity.settings,
        "inputs": identity.inputs,
    }
    if args.null:
        print("--null: random halves of each corpus; any winner is named by chance")
    print(report_comparison(comparison, about, args.out))


def _corpora(args: argparse.Namespace) -> dict[str, Path]:
    """Return the folder of each corpus by its name."""
    pairs = list(args.corpus)
    if args.rejected_of:
        pairs.append(("rejected", args.out / "rejected-pages"))
    folders = dict(pairs)
    if len(folders) < len(pairs):
        raise InputError(f"two corpora have the same name: {[name for name, _ in pairs]}")
    return folders


def _identity(
    args: argparse.Namespace, settings: EvalSettings, pretrain_settings: PretrainSettings
) -> Identity:
    """Return what determines the comparison; a run directory of another one is refused."""
    from training.data.read_texts import find_files
    from training.data.rejected_pages import rejected_pages_inputs
    from training.evaluation.digests import file_digests

    corpora = {
        name: {path: Path(path).stat().st_size for path in find_files(str(folder), [".parquet"])}
        for name, folder in args.corpus
    }
    return Identity(
        stage="corpus_check",
        settings={
            "pretrain": asdict(pretrain_settings),
            "evaluation": asdict(settings),
            "seeds": args.seeds,
            "null": args.null,
        },
        inputs={
            "corpora": corpora,
            "rejected": rejected_pages_inputs(args.rejected_of) if args.rejected_of else {},
            "benchmarks": file_digests(args.benchmark),
            "examples": file_digests([args.examples] if args.examples else []),
        },
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", action="append", default=[], type=_pair, metavar="NAME=FOLDER")
    parser.add_argument("--rejected-of", type=Path, help="output directory of mathmine run")
    parser.add_argument("--config", type=Path, required=True, help="settings of pretrain_run.py")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--benchmark", type=Path, nargs="+", required=True)
    parser.add_argument(
        "--seeds",
        type=integer_between(0, 2**32 - 1),
        nargs="+",
        default=[0, 1, 2],
        help="one training run of each corpus per seed",
    )
    parser.add_argument(
        "--null", action="store_true", help="compare random halves of each corpus instead"
    )
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
