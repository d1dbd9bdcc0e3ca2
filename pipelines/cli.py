"""What each command of `mathmine` does."""

import argparse
import os

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.stages import run as run_
from pipelines.stages.prepare import prepare as prepare_
from pipelines.stages.rounds import Loop, Mined, standing_rounds
from pipelines.stages.stage import read_manifest
from pipelines.stages.write import benchmark_files
from pipelines.stages.write import write as write_
from pipelines.summary import summary
from schemas.errors import InputError, reading
from schemas.manifest import Manifest
from schemas.settings import load_settings
from transforms.pages.extract import extract as extract_
from transforms.storage.files import is_remote
from transforms.storage.output_tree import OutputTree


def run(args: argparse.Namespace, jobs: Jobs) -> None:
    """Do everything: prepare, mine rounds, write the corpus."""
    settings, tree = load_settings(args.config), _tree(args, jobs)
    corpus = read_manifest("corpus", tree)
    made = run_.run(args.crawl, args.seed, args.benchmarks, args.labels, settings, tree, jobs)
    if corpus is not None and corpus == made.corpus:
        print(f"Nothing to do: {args.out} stands as this configuration makes it.\n")
    _report(made.pages, made.mined, made.corpus)


def prepare(args: argparse.Namespace, jobs: Jobs) -> None:
    """Turn WARC files into pages."""
    settings, tree = load_settings(args.config), _tree(args, jobs)
    files = crawl_files(args.crawl, tree.storage)
    print(summary(prepare_(files, settings.prepare, tree, jobs)))


def round_(args: argparse.Namespace, jobs: Jobs) -> None:
    """Mine the next round: train, score, cut, find domains and patterns."""
    settings, tree = load_settings(args.config), _tree(args, jobs)
    seed = run_.read_seed(args.seed, tree.storage)
    labels = run_.read_labels(args.labels, tree.storage)
    pages = run_.prepared_pages(tree)
    mined = Loop(pages, seed, labels, settings.rounds, tree, jobs).run(one=True)
    _report(pages, mined)


def write(args: argparse.Namespace, jobs: Jobs) -> None:
    """Write the pages of the last round as the corpus."""
    settings, tree = load_settings(args.config), _tree(args, jobs)
    benchmarks = benchmark_files(args.benchmarks, tree.storage)
    pages, mined = run_.prepared_pages(tree), standing_rounds(tree)
    corpus = write_(pages, mined.rounds, benchmarks, settings.write, tree, jobs)
    run_.write_manifest(run_.Made(pages, mined, corpus), settings, tree)
    _report(pages, mined, corpus)


def extract(args: argparse.Namespace, jobs: Jobs) -> None:
    """Print the text of one HTML page."""
    with reading(str(args.page)):
        html = args.page.read_bytes()
    print(extract_(html, args.content_type).text)


def _report(pages: Manifest, mined: Mined, corpus: Manifest | None = None) -> None:
    print(summary(pages, mined.rounds, corpus))
    last = mined.rounds[-1].results
    if last["collectable_tokens"] <= last["token_budget"]:
        print(f"\nAll pages were collected: token_budget is {last['token_budget']:,}.")
    print(f"\n{mined.reason}")


def _tree(args: argparse.Namespace, jobs: Jobs) -> OutputTree:
    if is_remote(args.out):
        return OutputTree(args.out, jobs.storage)
    folder = ancestor = os.path.abspath(args.out)
    while not os.path.lexists(ancestor):
        ancestor = os.path.dirname(ancestor)
    if not os.path.isdir(ancestor) or not os.access(ancestor, os.W_OK | os.X_OK):
        raise InputError(f"--out {args.out}: {ancestor} is not a directory that can be written to")
    return OutputTree(folder, jobs.storage)


COMMANDS = {
    "run": run,
    "prepare": prepare,
    "round": round_,
    "write": write,
    "extract": extract,
}
