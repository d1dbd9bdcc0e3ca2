"""What the scripts that train have in common: arguments, a run, an exit code."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from schemas.errors import InputError, MathmineError
from schemas.strict_toml import read_toml
from training.run.distributed import World, start_world

_Settings = TypeVar("_Settings")


def run_script(
    argv: list[str] | None,
    about: str,
    presets: str,
    settings: type[_Settings],
    run: Callable[[_Settings, Path, World], object],
    config: Path | None = None,
    out: Path | None = None,
) -> int:
    """Run the script with `argv` and return its exit code: 0, or that of a `MathmineError`.

    Such an error is printed in one line, unless `--debug` is given; any other is a bug, and
    raises with its traceback.

    `about` and `presets` (the TOML files there are) are for `--help`. Without `config` or `out` to
    fall back on, the flag must be given.
    """
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    told, folder = f"TOML, see {presets}", "folder of the run"
    parser.add_argument("--config", type=Path, default=config, required=not config, help=told)
    parser.add_argument("--out", type=Path, default=out, required=not out, help=folder)
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="instead of the TOML's"
    )
    parser.add_argument("--debug", action="store_true", help="print the traceback of every error")
    args = parser.parse_args(argv)
    try:
        if not args.config.is_file():
            raise InputError(f"{args.config}: no such file")
        read = read_toml(settings, args.config, args.set)
        with start_world() as world:
            run(read, args.out, world)
    except MathmineError as error:
        if args.debug:
            raise
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_status
    return 0
