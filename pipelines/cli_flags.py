"""Check the flags that all commands share: those of Beam, strictly, and `--out`."""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache

from apache_beam.options.pipeline_options import (
    GoogleCloudOptions,
    PipelineOptions,
    StandardOptions,
)
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners.runner import PipelineRunner, create_runner

from pipelines.beam_runner import Jobs
from pipelines.crawl_lists import is_crawl_name
from pipelines.credentials import CREDENTIALS, check_credentials, split_credentials
from pipelines.run_lock import run_lock
from schemas.errors import InputError, check_not_empty
from transforms.storage.files import Storage, is_remote
from transforms.storage.output_tree import OutputTree
from transforms.storage.remote_access import DEFAULT_RATE, RemoteAccess

_RUN_MANIFEST = "manifest.json"
_STORAGE_OPTIONS = ("s3_", "azure_", "blob_service_")


def jobs_from_flags(args: argparse.Namespace, flags: Sequence[str]) -> Jobs:
    """Return where jobs run, given Beam's `flags` and the command's own arguments, `args`.

    Raises InputError for an unknown flag, which Beam would ignore, and for an unknown runner, even
    if nothing is left to run.
    """
    check_flags(flags, own_flags=vars(args))
    job_flags, credentials = split_credentials(flags)
    check_credentials(credentials)
    _check_runner(job_flags)
    jobs = Jobs(tuple(job_flags), args.debug, _storage(args, flags))
    if jobs.is_on_dataflow():
        _check_paths(args, jobs.runner())
        _check_options(job_flags, jobs.runner())
    return jobs


def _storage(args: argparse.Namespace, flags: Sequence[str]) -> Storage:
    """Return the file access that arguments and flags describe."""
    options = PipelineOptions(list(flags)).get_all_options(drop_default=True)
    used = {name: value for name, value in options.items() if name.startswith(_STORAGE_OPTIONS)}
    return Storage(tuple(sorted(used.items())), _remote_access(args))


def _remote_access(args: argparse.Namespace) -> RemoteAccess:
    if not hasattr(args, "contact"):
        return RemoteAccess()
    if not args.contact.isprintable() or not args.contact.isascii():
        raise InputError("--contact has characters that no header may have")
    return RemoteAccess(
        contact=args.contact.strip(),
        requests_per_second=args.requests_per_second or DEFAULT_RATE,
        anonymous_buckets=frozenset(args.anonymous_bucket),
        requester_pays_buckets=frozenset(args.requester_pays_bucket),
    )


def tree_at(path: str, storage: Storage) -> OutputTree:
    """Return the output tree at a path or URL, without a lock: for reading.

    Raises InputError for an empty path.
    """
    check_not_empty("--out", path)
    return OutputTree(path if is_remote(path) else os.path.abspath(path), storage)


@contextmanager
def output_tree(args: argparse.Namespace, storage: Storage) -> Iterator[OutputTree]:
    """Yield the output tree of `--out`, which need not exist yet, locked while the block runs.

    A finished tree on a disk that is mounted read-only is yielded without a lock: nothing is
    written there. Raises InputError if the folder is local and cannot be written to, and
    StageRefusedError if another run holds it.
    """
    tree = tree_at(args.out, storage)
    if unwritable := _unwritable(tree.folder):
        if not tree.exists(_RUN_MANIFEST):
            raise InputError(f"--out {args.out}: {unwritable} is not a writable directory")
        yield tree
        return
    with run_lock(tree, args.command, args.break_lock):
        yield tree


def _unwritable(folder: str) -> str | None:
    """Return the folder, existing or above it, that keeps it from being written to, if any."""
    if is_remote(folder):
        return None  # an object store says so only when it is written to
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    is_writable = os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)
    return None if is_writable else folder


def _check_runner(flags: Sequence[str]) -> None:
    """Raise InputError if `--runner` names no runner, or one whose packages are not installed."""
    runner = PipelineOptions(list(flags)).view_as(StandardOptions).runner
    try:
        created = create_runner(runner or "DirectRunner")
    except (ValueError, ImportError, AttributeError, TypeError) as error:
        raise InputError(f"--runner {runner}: {error}") from error
    if not isinstance(created, PipelineRunner):
        raise InputError(f"--runner {runner}: it is no runner of Beam")


def _check_options(flags: Sequence[str], runner: str) -> None:
    """Raise InputError for what Dataflow needs and does not have, such as a project."""
    options = PipelineOptions([*flags, "--dry_run=True"])  # ask no server
    if not options.view_as(GoogleCloudOptions).temp_location:  # Beam would make a bucket
        raise InputError(f"--runner {runner} needs --temp_location=gs://BUCKET/temp")
    if errors := PipelineOptionsValidator(options, create_runner(runner)).validate():
        first = " ".join(errors[0].split())
        raise InputError(f"--runner {runner}: {first}")


@cache
def _beam_flags() -> frozenset[str]:
    """Return the names of all flags of Beam, without dashes, as their parsers know them."""
    names: set[str] = set()
    for options in PipelineOptions.__subclasses__():
        parser = argparse.ArgumentParser(add_help=False)
        options._add_argparse_args(parser)
        names.update(flag.lstrip("-") for flag in parser._option_string_actions)
    return frozenset(names)


def _check_paths(args: argparse.Namespace, runner: str) -> None:
    """Raise InputError for a local path that workers of Dataflow would have to read or write."""
    for name in ("out", "crawl", "against"):
        given = getattr(args, name, None) or ()
        for path in [given] if isinstance(given, str) else given:
            if not is_remote(path) and not is_crawl_name(path):
                raise InputError(
                    f"--{name} {path}: workers of {runner} cannot reach a local path: use gs://"
                )


def check_flags(flags: Sequence[str], own_flags: Iterable[str] = ()) -> None:
    """Raise InputError for a flag that no runner of Beam knows, and for an argument without a flag.

    The message names the nearest known flag, of Beam or of `own_flags` (without dashes).
    """
    known = _beam_flags()
    is_complete = True  # whether the preceding flag has its value; if not, it may have none
    name = ""
    for flag in flags:
        if flag.startswith("-"):
            if name in CREDENTIALS and not is_complete:  # not shown: it may be the value
                raise InputError(f"--{name} has no value; one that begins with - must follow =")
            name, has_value, _ = flag.lstrip("-").partition("=")
            if name not in known:
                near = get_close_matches(name, [*own_flags, *sorted(known)], n=1)
                hint = f"; did you mean --{near[0]}?" if near else ""
                raise InputError(f"unknown flag {flag.partition('=')[0]}{hint}")
            is_complete = bool(has_value)
        elif is_complete:
            shown = f"after --{name}" if name in CREDENTIALS else repr(flag)
            raise InputError(f"unexpected argument {shown}")
        else:
            is_complete = True
