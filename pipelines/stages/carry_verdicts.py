"""Carry verdicts on pages of older crawls to a new one, whose classifiers score those pages.

What people judged in one month says how probable mathematics is at each score of a classifier of
the next month, whose pages nobody has judged yet: decision 0033.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import run_shard_job
from pipelines.rounds.carried import FOLDER, PAGES
from pipelines.rounds.verdict_rows import rows_about, verdicts_on
from pipelines.stages.old_crawls import OldCrawl
from schemas.decisions import PageDecision
from schemas.errors import InputError
from schemas.judged_rows import JudgedRow
from schemas.manifest import Identity, digest_of
from transforms.judging.carry import KEPT, JudgedShard, carry_pages
from transforms.pages.warc_file import WarcFile
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import Shard


@dataclass(frozen=True)
class VerdictRows:
    """Rows of `--judged`: those on pages of older crawls, and the others.

    A row that names no WARC file, or one that no crawl has, is among the others.
    """

    older: list[tuple[OldCrawl, list[JudgedRow]]]
    others: list[JudgedRow]


def split_rows(
    rows: Sequence[JudgedRow], names: Iterable[str], old_crawls: Sequence[OldCrawl]
) -> VerdictRows:
    """Divide rows by the crawl that they are on; `names` are the WARC files of the new one.

    A WARC file that several crawls have is the new one's, or else the first's. Raises InputError
    if `mathmine clean` has removed the texts of an older crawl with judged pages.
    """
    others = [row for row in rows if row.warc_file]
    here = {id(row) for row in rows_about(others, names)}
    others = [row for row in others if id(row) not in here]
    older = []
    for crawl in old_crawls:
        if found := rows_about(others, crawl.pages.source_names):
            _check_texts(crawl)
            older.append((crawl, found))
            there = {id(row) for row in found}
            others = [row for row in others if id(row) not in there]
    carried = {id(row) for _, found in older for row in found}
    return VerdictRows(older, [row for row in rows if id(row) not in carried])


def carry_verdicts(
    older: Sequence[tuple[OldCrawl, list[JudgedRow]]], tree: OutputTree, jobs: Jobs
) -> int:
    """Copy the judged pages of older crawls, with their texts, into the new tree.

    Returns the number of verdicts. The pages are in one file, which all later commands read, until
    verdicts on other pages are carried; without verdicts the file stays as it is. The number of
    verdicts on records that became no page, or have lost their text, is printed.
    """
    if not older:
        return 0
    judged = [(crawl, verdicts_on(rows, crawl.pages.source_names).pages) for crawl, rows in older]
    items = [item for crawl, pages in judged for item in _judged_shards(crawl, pages)]
    verdicts = sorted([page.id, page.verdict, page.weight] for _, pages in judged for page in pages)
    identity = Identity(
        stage="carried",
        settings={},
        inputs={
            "verdicts": digest_of(verdicts),
            "crawls": sorted(crawl.pages.digest() for crawl, _ in older),
        },
    )

    def work() -> StageResult:
        parts, parse = carry_pages(PAGES, tree), JudgedShard.from_json
        size = sum(item.shard.file("pages").bytes for item in items)
        return run_shard_job(FOLDER, items, parse, parts, tree, jobs, size, only_read=len(items))

    manifest = run_stage(FOLDER, identity, tree, work, redo_for={"": ""})
    missing = len(verdicts) - sum(output.rows for output in manifest.outputs)
    no_text = f"; {missing:,} of them are on records without a text" if missing else ""
    print(f"--judged: {len(verdicts):,} verdicts are of older crawls{no_text}", file=sys.stderr)
    return len(verdicts)


def _judged_shards(crawl: OldCrawl, pages: Iterable[PageDecision]) -> list[JudgedShard]:
    """Return the shards of an older crawl that have judged pages, or may have.

    A page of a WARC file that it did not have was fetched by `mathmine expand`, whose shards are
    named otherwise.
    """
    shards = crawl.with_texts()
    if [shard.name for shard in shards] == [KEPT]:
        return [_judged_shard(shards[0], crawl, pages)]
    of_crawl = {WarcFile("", name).shard for name in crawl.pages.warc_names}
    by_shard: dict[str, list[PageDecision]] = {}
    fetched: list[PageDecision] = []
    for page in pages:
        shard = WarcFile("", page.warc_file).shard
        (by_shard.setdefault(shard, []) if shard in of_crawl else fetched).append(page)
    return [
        _judged_shard(shard, crawl, judged)
        for shard in shards
        if (judged := by_shard.get(shard.name, [] if shard.name in of_crawl else fetched))
    ]


def _check_texts(crawl: OldCrawl) -> None:
    if not crawl.with_texts():
        raise InputError(
            f"--judged has verdicts on pages of {crawl.tree.folder}, whose texts `mathmine "
            "clean` removed before a page was judged: remove the folder `pages` there and run its "
            "`mathmine run` again, or leave out the verdicts on its pages"
        )


def _judged_shard(shard: Shard, crawl: OldCrawl, pages: Iterable[PageDecision]) -> JudgedShard:
    verdicts = sorted((page.id, str(page.verdict), page.weight or 1.0) for page in pages)
    return JudgedShard(shard, crawl.tree.folder, tuple(verdicts))
