"""`mathmine trace`: say what became of a page, from its record to its row of the corpus."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, tree_at
from pipelines.inspection.trace import trace
from pipelines.progress import print_text


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print where a page comes from, and why it was collected, changed or dropped."""
    print_text(trace(args.page, tree_at(args.out, jobs_from_flags(args, flags).storage)))
