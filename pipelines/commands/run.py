"""`mathmine run`: prepare, mine rounds, write the corpus."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.crawl_files import crawl_files
from pipelines.jobs.run_stage import read_manifest
from pipelines.progress import print_text
from pipelines.stages import run as stages
from schemas.settings import load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Run all stages that are missing, and print the final tables."""
    jobs = jobs_from_flags(args, flags)
    settings = load_settings(args.config)
    with output_tree(args, jobs.storage) as tree:
        corpus = read_manifest("corpus", tree)
        files = crawl_files(args.crawl, tree.storage, args.crawl_root, args.sample, args.limit)
        inputs = files, args.seed, args.benchmarks, args.patterns
        result = stages.run(
            *inputs, settings, tree, jobs, args.against, args.judged, wait=not args.no_wait
        )
        if corpus is not None and corpus == result.corpus:
            print_text(
                f"Nothing to do: {args.out} already holds the corpus of this configuration.\n"
            )
        print_text(stages.describe_run(result, jobs))
