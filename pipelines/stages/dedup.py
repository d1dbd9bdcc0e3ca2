"""Run the stage `dedup`: find the pages that are copies, and the copy of each that is kept."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import apache_beam as beam

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job, total_bytes
from pipelines.stages.components import (
    completed_pairs,
    edge_partitions,
    label_components,
    list_labels,
    record_pairs,
)
from pipelines.stages.old_crawls import OldCrawl, check_minhash
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.settings import Dedup
from transforms.dedup.deduplicate import FindDuplicates
from transforms.dedup.label_pages import WriteLabelled
from transforms.dedup.shard_hashes import NumberedShard
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import shards_in

_PAGES_IN_PARTITION = 200_000  # whose hashes, 14 a page, are one array of 70 MB
_MIN_RAM = "16GB"  # of a machine with four cores: 2 GB each, and as much for the rest
MAX_PAIRS = 10_000_000  # that one worker joins, in 3 GB; more are joined in further jobs


def deduplicate(
    pages: Manifest,
    settings: Dedup,
    tree: OutputTree,
    jobs: Jobs,
    against: Sequence[OldCrawl] = (),
    max_pairs: int | None = None,
) -> Manifest:
    """Write `dedup/SHARD` for every shard of pages, compared with the corpora of older crawls too.

    If there are more than `max_pairs` (MAX_PAIRS) pairs of copies, further jobs join them. Raises
    StageRefusedError if the existing files were made from other pages, corpora or settings, or if
    the pages cannot be compared with those of an older crawl.
    """
    check_minhash(against, pages.identity.settings.get("minhash", {}))
    inputs: dict[str, Any] = {"pages": pages.digest()}
    if against:
        inputs["against"] = [crawl.digest() for crawl in against]
    identity = Identity(stage="dedup", settings=asdict(settings), inputs=inputs)
    made_from = Manifest(identity=identity).digest()

    most = MAX_PAIRS if max_pairs is None else max_pairs
    items = numbered_shards(pages, against)
    size = sum(map(total_bytes, (pages, *(crawl.pages for crawl in against))))
    compared = pages.counters["pages"] + sum(crawl.corpus_pages() for crawl in against)
    partitions = 1 + compared // _PAGES_IN_PARTITION

    def run(parts: beam.PTransform) -> StageResult:
        old = sum(item.is_old for item in items)
        parse = NumberedShard.from_json
        return run_shard_job(
            *("dedup", items, parse, parts, tree, jobs, size), only_read=old, min_ram=_MIN_RAM
        )

    def work() -> StageResult:
        pairs = completed_pairs(tree)
        if pairs is None:
            result = run(FindDuplicates(settings, partitions, made_from, tree, most))
            pairs = record_pairs(result, made_from, tree)
            if pairs is None:
                return result
        labels = label_components(pairs, tree, jobs)
        listing = list_labels(pairs, labels, tree)
        result = run(WriteLabelled(listing, edge_partitions(pairs), made_from, tree))
        return StageResult(
            result.outputs, dict(sorted({**pairs.counters, **result.counters}.items()))
        )

    return run_stage("dedup", identity, tree, work)


def numbered_shards(pages: Manifest, against: Sequence[OldCrawl]) -> list[NumberedShard]:
    """Return the shards of older crawls and then the new ones.

    So a page of a corpus is the first of its group, with which the others are compared.
    """
    old = [(shard, crawl.tree.folder) for crawl in against for shard in crawl.shards()]
    new = [(shard, "") for shard in shards_in(pages.outputs, ["pages"])]
    return [NumberedShard(number, *item) for number, item in enumerate(old + new)]


def deduplicated_pages(tree: OutputTree) -> Manifest:
    """Return the manifest of the copies; raises StageRefusedError if it is not complete."""
    copies = read_manifest("dedup", tree)
    if copies is None or not copies.complete:
        raise StageRefusedError(f"{tree.folder} has copies left: run `mathmine dedup` first")
    return copies
