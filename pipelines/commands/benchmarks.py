"""`mathmine benchmarks`: list what is understood of benchmark files."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags
from pipelines.decontamination.describe_benchmarks import describe_benchmarks
from pipelines.progress import print_text


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print a table of the files: items, columns, and the beginning of a question."""
    print_text(describe_benchmarks(args.folder, jobs_from_flags(args, flags).storage))
