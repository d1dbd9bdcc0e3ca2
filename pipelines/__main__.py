"""The command `mathmine`, also `python -m pipelines`."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from pipelines import commands
from pipelines.flags import beam_options
from pipelines.runner import Jobs

_EPILOG = (
    "Flags of Beam (--runner, --direct_num_workers, ...) may follow. They say where and how the "
    "corpus is made; the configuration says what it is."
)
_OPTIONS: dict[str, dict[str, Any]] = {
    "config": {"required": True, "metavar": "FILE", "help": "settings in TOML"},
    "crawl": {
        "required": True,
        "nargs": "+",
        "metavar": "PATH",
        "help": "WARC files, folders, globs, or lists of paths (.paths, .paths.gz)",
    },
    "seed": {
        "required": True,
        "nargs": "+",
        "metavar": "FILE",
        "help": "mathematical texts: Parquet or JSON Lines with a column text, or text files",
    },
    "benchmarks": {
        "required": True,
        "metavar": "DIR",
        "help": "what must not be in the corpus: JSON Lines, JSON or Parquet",
    },
    "labels": {"metavar": "FILE", "help": "patterns.csv that a person labelled"},
    "out": {"required": True, "metavar": "DIR", "help": "folder of everything that is made"},
}
_COMMANDS: dict[str, tuple[Callable[[argparse.Namespace, Jobs], None], tuple[str, ...]]] = {
    "run": (commands.run, ("config", "crawl", "seed", "benchmarks", "out", "labels")),
    "prepare": (commands.prepare, ("config", "crawl", "out")),
    "round": (commands.round_, ("config", "seed", "out", "labels")),
    "write": (commands.write, ("config", "benchmarks", "out")),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 2 for a mistake in what was asked for."""
    args, flags = _parser().parse_known_args(argv)
    logging.getLogger().setLevel(logging.INFO if args.debug else logging.ERROR)
    if not args.debug:
        sys.excepthook = _print_one_line
    try:
        options = beam_options(flags, own_flags=vars(args))
        args.command(args, Jobs(options, args.debug))
    except (ValueError, OSError) as error:
        if args.debug:
            raise
        print(f"mathmine: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Mine mathematics from Common Crawl."
    parser = argparse.ArgumentParser("mathmine", description=about, epilog=_EPILOG)
    several = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (command, options) in _COMMANDS.items():
        about = (command.__doc__ or "").splitlines()[0]
        one = several.add_parser(
            name, help=about, description=about, epilog=_EPILOG, allow_abbrev=False
        )
        for option in options:
            one.add_argument(f"--{option}", **_OPTIONS[option])
        _finish(one, command)
    about = (commands.extract.__doc__ or "").splitlines()[0]
    one = several.add_parser("extract", help=about, description=about, allow_abbrev=False)
    one.add_argument("page", type=Path, help="an HTML file")
    one.add_argument("--content-type", metavar="TYPE", help="its HTTP header, if it is known")
    _finish(one, commands.extract)
    return parser


def _finish(parser: argparse.ArgumentParser, command: Callable[..., None]) -> None:
    parser.add_argument("--debug", action="store_true", help="logs, and errors in full")
    parser.set_defaults(command=command)


def _print_one_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    lines = str(error).strip().splitlines() or [""]
    print(f"mathmine: {kind.__name__}: {lines[-1]} (--debug shows more)", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
