"""`mathmine prepare`: turn WARC files into pages."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.crawl_files import crawl_files
from pipelines.progress import print_text
from pipelines.stages.prepare import prepare
from pipelines.summary import summary
from schemas.settings import load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Extract the pages of all WARC files that have no shard yet, and print the ledger."""
    jobs = jobs_from_flags(args, flags)
    settings = load_settings(args.config)
    with output_tree(args, jobs.storage) as tree:
        files = crawl_files(args.crawl, tree.storage, args.crawl_root, args.sample, args.limit)
        pages = prepare(files, settings.prepare, tree, jobs)
        print_text(summary(pages, metrics=jobs.metrics))
