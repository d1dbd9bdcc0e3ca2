"""`mathmine dedup`: find the pages that are copies; show some of them, or explain the search."""

import argparse
from collections.abc import Sequence

from pipelines.beam_runner import Jobs
from pipelines.cli_flags import jobs_from_flags, output_tree, tree_at
from pipelines.explain import explain
from pipelines.inspection.show_copies import show_copies
from pipelines.progress import print_text
from pipelines.stages.dedup import deduplicate
from pipelines.stages.old_crawls import read_old_crawls
from pipelines.stages.run import prepared_pages
from pipelines.summary import summary
from schemas.errors import InputError
from schemas.settings import load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Find the copies among all prepared pages, and print how many there are.

    With `--show` or `--explain`, only print something: nothing is locked or written.
    """
    jobs = jobs_from_flags(args, flags)
    if args.explain:
        _require(args, "config")
        print_text(explain(load_settings(args.config)))
    elif args.show is not None:
        _require(args, "out")
        tree = tree_at(args.out, jobs.storage)
        print_text(show_copies(args.show, tree, read_old_crawls(args.against, tree)))
    else:
        _require(args, "config", "out")
        _deduplicate(args, jobs)


def _require(args: argparse.Namespace, *names: str) -> None:
    """Raise InputError if a flag is missing that what the command is to do needs."""
    if missing := [f"--{name}" for name in names if getattr(args, name) is None]:
        raise InputError(f"the following arguments are required: {', '.join(missing)}")


def _deduplicate(args: argparse.Namespace, jobs: Jobs) -> None:
    settings = load_settings(args.config)
    with output_tree(args, jobs.storage) as tree:
        pages = prepared_pages(tree)
        old_crawls = read_old_crawls(args.against, tree)
        copies = deduplicate(pages, settings.dedup, tree, jobs, old_crawls)
        print_text(summary(pages, metrics=jobs.metrics, copies=copies))
