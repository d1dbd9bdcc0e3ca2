"""`mathmine round`: mine the next round."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.progress import print_text
from pipelines.rounds.mine import Mining, mine
from pipelines.rounds.round_inputs import Crawl
from pipelines.rounds.verdict_rows import read_verdict_rows
from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.input_files import read_labels, read_seed
from pipelines.stages.manifest_file import RunResult
from pipelines.stages.run import describe_run, prepared_pages
from schemas.settings import load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Train, score, collect, find domains and patterns once, and print the table of rounds."""
    jobs = jobs_from_flags(args, flags)
    settings = load_settings(args.config)
    with output_tree(args, jobs.storage) as tree:
        seed = read_seed(args.seed, tree.storage)
        labels = read_labels(args.patterns, tree.storage)
        verdicts = read_verdict_rows("--judged", args.judged, tree.storage)
        pages, copies = prepared_pages(tree), deduplicated_pages(tree)
        mining = Mining(
            Crawl(pages, copies, tree, jobs),
            seed,
            settings.rounds,
            next_only=True,
            wait=not args.no_wait,
            verdicts=verdicts,
        )
        print_text(describe_run(RunResult(pages, mine(mining, labels), copies=copies), jobs))
