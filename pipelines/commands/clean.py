"""`mathmine clean`: remove what a finished run no longer needs."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.progress import print_text
from pipelines.stages.clean import clean, describe_removals


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Remove intermediate files, and print which commands stop working without them."""
    jobs = jobs_from_flags(args, flags)
    with output_tree(args, jobs.storage) as tree:
        print_text(describe_removals(clean(tree, jobs), tree))
