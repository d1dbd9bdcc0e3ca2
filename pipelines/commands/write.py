"""`mathmine write`: write the pages of the last round as the corpus."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.progress import print_text
from pipelines.rounds.mine import completed_rounds
from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.input_files import read_benchmarks, read_tokenizer
from pipelines.stages.manifest_file import RunResult, write_manifest
from pipelines.stages.run import describe_run, prepared_pages
from pipelines.stages.write import write
from schemas.settings import load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Decontaminate and write the corpus, and print the final tables."""
    jobs = jobs_from_flags(args, flags)
    settings = load_settings(args.config)
    with output_tree(args, jobs.storage) as tree:
        benchmarks = read_benchmarks(args.benchmarks, tree.storage)
        tokenizer = read_tokenizer(settings.write.tokenizer, tree.storage)
        pages, copies, mined = (
            prepared_pages(tree),
            deduplicated_pages(tree),
            completed_rounds(tree),
        )
        rounds = mined.until_best
        corpus = write(pages, copies, rounds, benchmarks, settings.write, tree, jobs, tokenizer)
        result = RunResult(pages, mined, corpus, copies)
        write_manifest(result, settings, tree)
        print_text(describe_run(result, jobs))
