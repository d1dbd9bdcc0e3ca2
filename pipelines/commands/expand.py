"""`mathmine expand`: fetch more pages under accepted patterns from a crawl with an index."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.index_files import index_files
from pipelines.progress import print_text
from pipelines.stages.expand import expand, fetch
from pipelines.stages.expansion_report import describe_fetched, describe_plan


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print what fetching costs, and with `--yes` fetch the records that are missing."""
    jobs = jobs_from_flags(args, flags)
    with output_tree(args, jobs.storage) as tree:
        index = index_files(args.index, tree.storage, args.crawl_root)
        expansion = expand(index, tree, jobs)
        if expansion.fetched is None:
            print_text(describe_plan(expansion, jobs.storage.remote.requests_per_second, tree))
            if not expansion.plan.outputs:
                return
            if not args.yes:
                print_text("\nNothing is fetched yet: run the command again with --yes.")
                return
            expansion = fetch(expansion, tree, jobs)
        print_text(describe_fetched(expansion, jobs.metrics, tree))
