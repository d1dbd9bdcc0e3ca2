"""Check the flags that all commands share: those of Beam, strictly, and `--out`."""

import argparse
import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.beam_runner import Jobs
from schemas.errors import InputError
from transforms.storage.files import Storage, is_remote
from transforms.storage.output_tree import OutputTree


def jobs_from_flags(args: argparse.Namespace, flags: Sequence[str]) -> Jobs:
    """Return where jobs run, given Beam's `flags` and the command's own arguments, `args`.

    Raises InputError for an unknown flag: Beam would ignore it.
    """
    check_flags(flags, own_flags=vars(args))
    return Jobs(tuple(flags), args.debug)


def output_tree(out: str, storage: Storage) -> OutputTree:
    """Return the output tree at a path or URL, which need not exist yet.

    Raises InputError if it is local and cannot be written to.
    """
    if is_remote(out):
        return OutputTree(out, storage)
    folder = ancestor = os.path.abspath(out)
    while not os.path.lexists(ancestor):
        ancestor = os.path.dirname(ancestor)
    if not os.path.isdir(ancestor) or not os.access(ancestor, os.W_OK | os.X_OK):
        raise InputError(f"--out {out}: {ancestor} is not a writable directory")
    return OutputTree(folder, storage)


def check_flags(flags: Sequence[str], own_flags: Iterable[str] = ()) -> None:
    """Raise InputError for a flag that no runner of Beam knows, and for an argument without a flag.

    The message names the nearest known flag, of Beam or of `own_flags` (without dashes).
    """
    known = set(PipelineOptions([]).get_all_options())
    is_complete = True  # whether the preceding flag has its value; if not, it may have none
    for flag in flags:
        if flag.startswith("-"):
            name, has_value, _ = flag.lstrip("-").partition("=")
            if name.removeprefix("no_") not in known and name not in known:
                near = get_close_matches(name, [*own_flags, *sorted(known)], n=1)
                hint = f"; did you mean --{near[0]}?" if near else ""
                raise InputError(f"unknown flag {flag.partition('=')[0]}{hint}")
            is_complete = bool(has_value)
        elif is_complete:
            raise InputError(f"unexpected argument {flag!r}")
        else:
            is_complete = True
