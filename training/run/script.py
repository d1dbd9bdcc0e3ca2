"""Command line of the training scripts: flags, settings, world, exit code.

Importing torch takes seconds, so this file and the scripts import what needs it only once the
arguments and the settings are read: `--help` and mistakes in them are answered at once.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from schemas.errors import MathmineError, StoppedError
from schemas.strict_toml import read_toml

if TYPE_CHECKING:
    from training.run.distributed import World

_Settings = TypeVar("_Settings")


def run_script(
    argv: list[str] | None,
    description: str,
    presets: str,
    settings: type[_Settings],
    run: Callable[[_Settings, Path, "World"], object],
    config: Path | None = None,
    out: Path | None = None,
) -> int:
    """Read the settings that `argv` names, call `run`, and return the exit code.

    A MathmineError is printed in one line and ends with its `exit_status`; with `--debug` it is
    raised. Ctrl-C, where no step is under way that could be completed, ends with exit code 130. Any
    other exception is a bug and always raised, so that Python prints its traceback.
    `description` and `presets` (a glob of TOML files) are for `--help`; `config` and `out` are the
    defaults of the flags, which are required without them.
    """
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument(
        "--config", type=Path, default=config, required=not config, help=f"TOML, see {presets}"
    )
    parser.add_argument("--out", type=Path, default=out, required=not out, help="run directory")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a key of the TOML"
    )
    parser.add_argument("--debug", action="store_true", help="print the traceback of every error")
    args = parser.parse_args(argv)
    try:
        values = read_toml(settings, args.config, args.set)
        from training.run.distributed import start_world

        with start_world() as world:
            run(values, args.out, world)
    except StoppedError as stop:
        _print_once(f"{parser.prog}: {stop}")
        return stop.exit_status
    except KeyboardInterrupt:
        _print_once(f"{parser.prog}: interrupted; the same command resumes")
        return 130
    except MathmineError as error:
        if args.debug:
            raise
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def integer_between(least: int, most: int) -> Callable[[str], int]:
    """Return the `type` of a flag that takes an integer in a range."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,20}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not from {least:,} to {most:,}")
        return int(text)

    return parse


def _print_once(line: str) -> None:
    """Print a line on standard error, in the first of the processes that `torchrun` started."""
    if os.environ.get("RANK", "0") == "0":
        print(line, file=sys.stderr)
