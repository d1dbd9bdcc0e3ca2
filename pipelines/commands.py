"""What each command of `mathmine` does; the first line of a docstring is its help."""

import argparse
import os

from pipelines import run as run_
from pipelines.crawl_files import crawl_files
from pipelines.prepare import prepare as prepare_
from pipelines.rounds import Loop, standing_rounds
from pipelines.runner import Jobs
from pipelines.stage import read_manifest
from pipelines.summary import summary
from pipelines.write import benchmark_files
from pipelines.write import write as write_
from schemas.settings import load_settings
from transforms.extract_text import extract as extract_
from transforms.output_tree import OutputTree
from transforms.storage import is_remote


def run(args: argparse.Namespace, jobs: Jobs) -> None:
    """Do everything: prepare, mine rounds, write the corpus."""
    settings, tree = load_settings(args.config), _tree(args, jobs)
    corpus = read_manifest("corpus", tree)
    made = run_.run(args.crawl, args.seed, args.benchmarks, args.labels, settings, tree, jobs)
    if corpus is not None and corpus.complete:
        print(f"Nothing to do: {args.out} stands as this configuration makes it.\n")
    print(summary(made.pages, made.mined.rounds, made.corpus))
    print(f"\n{made.mined.reason}")


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
    print(summary(pages, mined.rounds))
    print(f"\n{mined.reason}")


def write(args: argparse.Namespace, jobs: Jobs) -> None:
    """Write the pages of the last round as the corpus."""
    settings, tree = load_settings(args.config), _tree(args, jobs)
    benchmarks = benchmark_files(args.benchmarks, tree.storage)
    pages, mined = run_.prepared_pages(tree), standing_rounds(tree)
    corpus = write_(pages, mined.rounds, benchmarks, settings.write, tree, jobs)
    run_.write_manifest(run_.Made(pages, mined, corpus), settings, tree)
    print(summary(pages, mined.rounds, corpus))


def extract(args: argparse.Namespace, jobs: Jobs) -> None:
    """Print the text of one HTML page."""
    print(extract_(args.page.read_bytes(), args.content_type).text)


def _tree(args: argparse.Namespace, jobs: Jobs) -> OutputTree:
    folder = args.out if is_remote(args.out) else os.path.abspath(args.out)
    return OutputTree(folder, jobs.storage)
