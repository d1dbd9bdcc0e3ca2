"""`mathmine decontaminate`: remove benchmark text from one file of texts."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags
from pipelines.decontamination.clean_file import decontaminate_file, describe_counts
from pipelines.progress import print_text, table
from pipelines.stages.input_files import read_benchmarks
from schemas.settings import Settings, load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Write the cleaned file, and print how much was found, by benchmark."""
    storage = jobs_from_flags(args, flags).storage
    settings = load_settings(args.config) if args.config else Settings()
    benchmarks = read_benchmarks(args.benchmarks, storage)
    counts = decontaminate_file(
        args.file, args.out, args.evidence, benchmarks, settings.write.decontamination, storage
    )
    print_text(table(describe_counts(counts)))
