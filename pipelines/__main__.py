"""Run the command `mathmine`, also as `python -m pipelines`."""

import argparse
import importlib
import logging
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipelines.argument_types import number, rate, share_or_number
from pipelines.credentials import hiding_credentials
from schemas.errors import MathmineError

_EPILOG = (
    "Flags of Beam (--runner, --direct_num_workers, ...) may follow. They decide where and how the "
    "corpus is made; the configuration decides what is in it."
)
_SEVERAL: dict[str, Any] = {"nargs": "+", "action": "extend"}  # so the flag may be repeated
_OPTIONS: dict[str, dict[str, Any]] = {
    "config": {"required": True, "metavar": "FILE", "help": "settings in TOML"},
    "crawl": {
        "required": True,
        **_SEVERAL,
        "metavar": "PATH",
        "help": "WARC files, folders, globs, lists of paths (.paths, .paths.gz), or a crawl of "
        "Common Crawl (cc:CC-MAIN-2026-05); local, s3://, gs:// or https://",
    },
    "crawl-root": {
        "metavar": "DIR",
        "help": "folder or URL that the lines of lists are relative to",
    },
    "sample": {
        "type": share_or_number,
        "metavar": "N",
        "help": "only so many WARC files, drawn by the hash of their names; a share if below 1",
    },
    "limit": {"type": number, "metavar": "N", "help": "only the first N WARC files, by name"},
    "contact": {
        "default": "",
        "metavar": "ADDRESS",
        "help": "an address or URL for the User-Agent of requests: for files on the web",
    },
    "requests-per-second": {
        "type": rate,
        "metavar": "N",
        "help": "of all processes of this machine to one host on the web; 4 without this",
    },
    "anonymous-bucket": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "a bucket of S3 that is read without credentials; repeatable",
    },
    "requester-pays-bucket": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "a bucket of S3 that is read at your cost; repeatable",
    },
    "seed": {
        "required": True,
        **_SEVERAL,
        "metavar": "PATH",
        "help": "mathematical texts: files, folders or globs of Parquet, JSON or text files",
    },
    "benchmarks": {
        "required": True,
        "metavar": "DIR",
        "help": "texts that must not be in the corpus: JSON, CSV or Parquet files; or none",
    },
    "patterns": {"metavar": "FILE", "help": "a labelled patterns.csv"},
    "out": {"required": True, "metavar": "DIR", "help": "output directory or URL"},
    "against": {
        **_SEVERAL,
        "default": [],
        "metavar": "DIR",
        "help": "--out of older crawls: leave out copies of pages of their corpora",
    },
    "no-wait": {
        "action": "store_true",
        "help": "do not wait for labels of new patterns: write the corpus without them",
    },
    "judged": {
        **_SEVERAL,
        "default": [],
        "metavar": "FILE",
        "help": "verdicts on pages, of this crawl or of those after --against: CSV or JSON Lines "
        "(docs/judging.md)",
    },
    "dry_run": {
        "action": "store_true",
        "help": "print the jobs that would be submitted, built on a made-up crawl; write nothing",
    },
    "break-lock": {
        "action": "store_true",
        "help": "write to --out although its lock says that another run does",
    },
}
_CRAWL = ("crawl", "crawl-root", "sample", "limit")
_ACCESS = ("contact", "requests-per-second", "anonymous-bucket", "requester-pays-bucket")
_OPTIONAL = {
    "dedup": ("config", "out"),  # --show needs no settings, --explain no output
    "decontaminate": ("config",),  # only [write.decontamination] counts
}
_COMMANDS = {  # name: help and options; each is a module of pipelines/commands/
    "run": (
        "do everything: prepare, deduplicate, mine rounds, write the corpus",
        (
            *("config", *_CRAWL, "seed", "benchmarks", "out", "patterns", "judged", "against"),
            *("no-wait", "break-lock", "dry_run", *_ACCESS),
        ),
    ),
    "plan": (
        "estimate pages, hours, gigabytes and dollars of a run, from a part of its crawl",
        ("config", *_CRAWL, *_ACCESS),
    ),
    "prepare": (
        "turn WARC files into pages",
        ("config", *_CRAWL, "out", "break-lock", "dry_run", *_ACCESS),
    ),
    "dedup": (
        "find the pages that are copies",
        ("config", "out", "against", "break-lock", "dry_run"),
    ),
    "round": (
        "mine the next round: train, score, collect, find domains and patterns",
        ("config", "seed", "out", "patterns", "judged", "no-wait", "break-lock", "dry_run"),
    ),
    "write": (
        "write the pages of the last round as the corpus",
        ("config", "benchmarks", "out", "break-lock", "dry_run"),
    ),
    "judge": (
        "draw pages for a person to judge, and record verdicts",
        ("break-lock",),
    ),
    "expand": (
        "fetch more pages under accepted patterns from a crawl that has an index",
        ("crawl-root", "break-lock", *_ACCESS),
    ),
    "problems": (
        "find questions with answers that can be verified in the corpus",
        ("break-lock",),
    ),
    "trace": (
        "say what became of a page, from its record to its row of the corpus",
        ("out", *_ACCESS),
    ),
    "verify": ("compare all files of an output folder with its manifests", ()),
    "clean": (
        "remove what a finished run no longer needs, and list which commands stop",
        ("break-lock",),
    ),
    "decontaminate": (
        "remove benchmark text from a file of texts, such as training data",
        ("config", "benchmarks"),
    ),
    "benchmarks": ("list what is understood of benchmark files", ()),
    "extract": ("print the text of one HTML page", ()),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    A MathmineError, which a user can act on, ends in one line on standard error; any other
    exception is a bug, and Python prints its traceback.
    """
    argv = sys.argv[1:] if argv is None else argv
    with hiding_credentials(argv):
        return _main(argv)


def _main(argv: Sequence[str]) -> int:
    args, flags = _parser(_is_on_dataflow(argv)).parse_known_args(argv)
    logging.getLogger().setLevel(logging.INFO if args.debug else logging.ERROR)
    try:
        # Imported late: Beam takes seconds to import and logs meanwhile; --help needs none of it.
        name = "dry_run" if getattr(args, "dry_run", False) else args.command
        command = importlib.import_module(f"pipelines.commands.{name}")
        command.main(args, flags)
    except MathmineError as error:
        print(f"mathmine: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _is_on_dataflow(argv: Sequence[str]) -> bool:
    """Return whether the runner is Dataflow, of which `--labels` are those of its jobs."""
    words = " ".join(argv).lower()
    return re.search(r"--runner[ =](?:test)?dataflow", words) is not None


def _parser(is_on_dataflow: bool = False) -> argparse.ArgumentParser:
    about = "Mine mathematics from Common Crawl."
    parser = argparse.ArgumentParser("mathmine", description=about, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('mathmine')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, (about, options) in _COMMANDS.items():
        command = commands.add_parser(
            name, help=about, description=about, epilog=_EPILOG, allow_abbrev=False
        )
        for option in options:
            required = {"required": False} if option in _OPTIONAL.get(name, ()) else {}
            old = ["--labels"] if option == "patterns" and not is_on_dataflow else []
            command.add_argument(f"--{option}", *old, **_OPTIONS[option] | required)
        if name == "dedup":
            _add_questions(command)
        if name == "plan":
            _add_measured(command)
        if name == "judge":
            _add_judging(command)
        if name == "trace":
            about = "id or URL of a page, or WARC_FILE:OFFSET of a record"
            command.add_argument("page", metavar="ID", help=about)
        if name in ("expand", "problems", "verify", "clean"):
            command.add_argument("out", metavar="OUT", help="output directory or URL of a run")
        if name == "expand":
            _add_index(command)
        if name == "problems":
            _add_problems(command)
        if name == "decontaminate":
            _add_files(command)
        if name == "benchmarks":
            command.add_argument("folder", metavar="DIR", help="JSON, CSV or Parquet files")
        if name == "extract":
            command.add_argument("page", type=Path, help="an HTML file")
            command.add_argument("--content-type", metavar="TYPE", help="its HTTP header, if known")
        command.add_argument(
            "--debug", action="store_true", help="log progress of Beam and its workers"
        )
    return parser


def _add_questions(dedup: argparse.ArgumentParser) -> None:
    """Add the flags with which `mathmine dedup` only prints something."""
    instead = dedup.add_mutually_exclusive_group()
    instead.add_argument(
        "--show",
        type=int,
        metavar="ID",
        help="print the copies of a page and how it differs from one; needs --out only",
    )
    instead.add_argument(
        "--explain",
        action="store_true",
        help="print how likely copies are found, by similarity; needs --config only",
    )


def _add_measured(plan: argparse.ArgumentParser) -> None:
    """Add which part of the crawl `mathmine plan` measures."""
    part = plan.add_mutually_exclusive_group()
    part.add_argument(
        "--files",
        type=number,
        default=8,
        metavar="N",
        help="prepare the beginnings of so many WARC files, 64 MB of each (8)",
    )
    part.add_argument(
        "--run", metavar="DIR", help="--out of a finished run of a part, instead of WARC files"
    )


def _add_index(expand: argparse.ArgumentParser) -> None:
    """Add what `mathmine expand` is called with."""
    expand.add_argument(
        "--index",
        required=True,
        metavar="PATH",
        help="columnar index of a crawl: cc:CC-MAIN-2026-05, a list of paths, a folder, a glob or "
        "a Parquet file; local, s3://, gs:// or https://",
    )
    expand.add_argument(
        "--yes", action="store_true", help="fetch the records, after printing what that costs"
    )


def _add_problems(problems: argparse.ArgumentParser) -> None:
    """Add what `mathmine problems` is called with."""
    problems.add_argument(
        "--benchmarks",
        metavar="DIR",
        help="refuse problems with text of these, which were not removed from the corpus",
    )
    problems.add_argument(
        "--sample", type=int, default=0, metavar="N", help="print N of the problems to read"
    )


def _add_files(decontaminate: argparse.ArgumentParser) -> None:
    """Add the files that `mathmine decontaminate` reads and writes."""
    decontaminate.add_argument(
        "file", metavar="FILE", help="JSON Lines or Parquet with a column text"
    )
    decontaminate.add_argument(
        "--out", required=True, metavar="CLEANED", help="the same rows, without benchmark text"
    )
    decontaminate.add_argument(
        "--evidence", metavar="FILE", help="write what was found, and where, as Parquet"
    )


def _add_judging(judge: argparse.ArgumentParser) -> None:
    """Add what `mathmine judge` is called with."""
    judge.add_argument("out", metavar="OUT", help="output directory or URL of a run")
    judge.add_argument(
        "--pages",
        type=int,
        metavar="N",
        help="draw about N pages, more of them near the cutoff, into judged.csv",
    )
    judge.add_argument(
        "--answers",
        **_SEVERAL,
        default=[],
        metavar="FILE",
        help="verdicts that were made elsewhere: CSV or JSON Lines",
    )
    judge.add_argument("--who", default="", metavar="NAME", help="who judged the pages")


if __name__ == "__main__":
    sys.exit(main())
