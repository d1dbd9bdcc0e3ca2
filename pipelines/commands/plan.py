"""`mathmine plan`: estimate what a run of a crawl takes and costs, from a part of it."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pipelines.cli_flags import jobs_from_flags, tree_at
from pipelines.crawl_files import crawl_files
from pipelines.planning.bill import bills
from pipelines.planning.measure import FinishedRun, measure_files, measure_run
from pipelines.planning.report import report
from pipelines.planning.usage import crawl_of, usage
from pipelines.progress import print_text
from schemas.settings import Settings, load_settings


def main(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Print pages, hours, gigabytes, requests and dollars, each with a range."""
    storage = jobs_from_flags(args, flags).storage
    settings = load_settings(args.config)
    files = crawl_files(args.crawl, storage, args.crawl_root, args.sample, args.limit)
    if args.run:
        run = measure_run(tree_at(args.run, storage), files)
        settings = _as_in(run, settings)
    else:
        run = FinishedRun(measure_files(files, args.files, settings.prepare, storage))
    crawl = crawl_of(files, run.files)
    stages = usage(crawl, settings)
    costs = bills(stages, settings.plan, settings.rounds.max_rounds)
    today = datetime.now(UTC).date()
    print_text(report(crawl, run.files, stages, costs, settings.plan.prices, today))


def _as_in(run: FinishedRun, settings: Settings) -> Settings:
    """Return settings with the rounds and the share of the corpus of a finished run."""
    if run.rounds:
        settings = replace(settings, rounds=replace(settings.rounds, max_rounds=run.rounds))
    if run.corpus_share is not None:
        settings = replace(settings, plan=replace(settings.plan, corpus_share=run.corpus_share))
    return settings
