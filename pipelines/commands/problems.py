"""`mathmine problems`: find questions with answers that can be verified in the corpus."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.progress import print_text
from pipelines.stages.input_files import read_benchmarks
from pipelines.stages.problems import (
    describe_problems,
    problems,
    sample_problems,
    written_corpus,
)
from pipelines.verify_answer import check_requirements, unverifiable
from schemas.errors import InputError
from schemas.manifest import NO_BENCHMARKS


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Find the problems of the corpus, and print the counts and, with `--sample`, some of them."""
    jobs = jobs_from_flags(args, flags)
    if args.sample < 0:
        raise InputError(f"--sample {args.sample}: a number from 0 on is expected")
    check_requirements()
    benchmarks = read_benchmarks(args.benchmarks or NO_BENCHMARKS, jobs.storage)
    with output_tree(args, jobs.storage) as tree:
        corpus = written_corpus(tree)
        found = problems(corpus, benchmarks, unverifiable, tree, jobs)
        parts = [describe_problems(found, corpus), sample_problems(found, args.sample, tree)]
    print_text("\n\n".join(filter(None, parts)))
