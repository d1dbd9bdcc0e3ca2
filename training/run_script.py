"""What `pretrain_run.py` and `sft_run.py` have in common: arguments, a run, an exit code."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from schemas.strict_toml import read_toml
from training.distribute import start_world
from training.job import Job
from training.train_loop import train

_Settings = TypeVar("_Settings")


def run_script(
    argv: list[str] | None,
    about: str,
    presets: str,
    settings: type[_Settings],
    make_job: Callable[[_Settings], Job],
) -> int:
    """Run what `argv` says and return the exit code: 2 for what is wrong with it, 3 for NaN.

    `about` and `presets` (the TOML files there are) are for `--help`.
    """
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("--config", type=Path, required=True, help=f"TOML, see {presets}")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="instead of the TOML's"
    )
    args = parser.parse_args(argv)
    try:
        read = read_toml(settings, args.config, args.set)
        with start_world() as world:
            train(make_job(read), args.out, world)
    except (ValueError, FloatingPointError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 3 if isinstance(error, FloatingPointError) else 2
    return 0
