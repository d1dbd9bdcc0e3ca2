"""Beam's own flags, strictly: a misspelt flag stops the command instead of being ignored."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from apache_beam.options.pipeline_options import PipelineOptions

from schemas.errors import InputError


def check_flags(flags: Sequence[str], own_flags: Iterable[str] = ()) -> None:
    """Check that Beam knows all flags, of whatever runner.

    Raises InputError for a flag that Beam does not know, naming the nearest that it knows or that
    is among `own_flags` (without dashes), and for an argument that no flag takes.
    """
    known = set(PipelineOptions([]).get_all_options())
    taken = True
    for flag in flags:
        if flag.startswith("-"):
            name, has_value, _ = flag.lstrip("-").partition("=")
            if name.removeprefix("no_") not in known and name not in known:
                near = get_close_matches(name, [*own_flags, *sorted(known)], n=1)
                hint = f"; did you mean --{near[0]}?" if near else ""
                raise InputError(f"unknown flag {flag.partition('=')[0]}{hint}")
            taken = bool(has_value)
        elif taken:
            raise InputError(f"unexpected argument {flag!r}")
        else:
            taken = True
