"""`mathmine judge`: draw pages to judge, and record verdicts."""

import argparse
from collections.abc import Sequence

from pipelines.cli_flags import jobs_from_flags, output_tree
from pipelines.progress import print_text
from pipelines.rounds.verdict_rows import read_verdict_rows
from pipelines.stages.judge import describe_judging, judge


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Record the verdicts in `judged.csv` and in `--answers`, draw pages, and print the counts."""
    jobs = jobs_from_flags(args, flags)
    answers = read_verdict_rows("--answers", args.answers, jobs.storage)
    with output_tree(args, jobs.storage) as tree:
        print_text(describe_judging(judge(args.pages, answers, args.who, tree, jobs), tree))
