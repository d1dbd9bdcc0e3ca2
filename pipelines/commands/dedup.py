"""`mathmine dedup`: find the pages that are copies."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.stages.dedup import deduplicate
from pipelines.stages.old_crawls import read_old_crawls
from pipelines.stages.run import prepared_pages
from pipelines.summary import summary
from schemas.settings import load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Find the copies among all prepared pages, and print how many there are."""
    jobs = jobs_from_flags(args, flags)
    settings = load_settings(args.config)
    with output_tree(args, jobs.storage) as tree:
        pages = prepared_pages(tree)
        old_crawls = read_old_crawls(args.against, tree)
        copies = deduplicate(pages, settings.dedup, tree, jobs, old_crawls)
        print(summary(pages, metrics=jobs.metrics, copies=copies))
