"""Run the stage `prepare`: from WARC files to shards of pages."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job
from pipelines.stages.changed_inputs import check_unchanged
from pipelines.stages.expansions import (
    FOLDER,
    check_fetched,
    expansion_files,
    expansion_inputs,
    fetched_expansions,
)
from schemas.manifest import EXPANSIONS, Identity, Manifest
from schemas.settings import Prepare
from transforms.pages.bugs import check_bugs
from transforms.pages.prepare_shard import PrepareShards, check_ledger
from transforms.pages.warc_file import WarcFile
from transforms.storage.output_tree import OutputTree

_REDO_FOR = {f"inputs.{EXPANSIONS}": "fetched records came in; copies and rounds start again"}
_MADE_FROM_PAGES = ("rounds/**", "dedup/**")
_WHOLE = "a WARC file"  # of its content, the digest is in the manifest once it was read
_UNKNOWN_SIZE = 1 << 30  # bytes of a file of which only the name is known: as of Common Crawl


def prepare(files: Sequence[WarcFile], settings: Prepare, tree: OutputTree, jobs: Jobs) -> Manifest:
    """Write the missing shards of all WARC files, and of the records that were fetched from others.

    If more records were fetched since, the pages of all others stay, and what was made from the
    pages is removed: copies and rounds start again with both.

    Raises LedgerError if a record was lost, PagesFailedError if too many pages revealed a bug,
    StageRefusedError if the tree holds pages of other files or settings.
    """
    expansions = fetched_expansions(tree)
    inputs: dict[str, Any] = dict.fromkeys((warc.name for warc in files), _WHOLE)
    if expansions:
        inputs[EXPANSIONS] = expansion_inputs(expansions)
    identity = Identity(
        stage="prepare",
        settings=asdict(settings),
        inputs=inputs,
    )

    def work() -> StageResult:
        tree.storage.sweep(tree.at("failures"))
        check_unchanged(files, tree)
        check_fetched(expansions, tree)
        items = [*files, *expansion_files(expansions, tree)]
        size = sum(warc.bytes or _UNKNOWN_SIZE for warc in items)
        parts = PrepareShards(settings, tree)
        result = run_shard_job("pages", items, WarcFile.from_json, parts, tree, jobs, size)
        pages, failures = _rows(result, "pages/"), _rows(result, "failures/")
        check_ledger("the crawl", result.counters, pages, failures)
        check_bugs(result.counters, tree.at("failures"))
        return result

    stale = [*_MADE_FROM_PAGES, *_removed_expansions(len(expansions), tree)]
    manifest = run_stage("pages", identity, tree, work, _REDO_FOR, tuple(stale))
    check_unchanged(files, tree, manifest.input_digests)
    return manifest


def _removed_expansions(number: int, tree: OutputTree) -> Iterator[str]:
    """Yield globs of the shards of the expansions after `number`, which were removed."""
    existing = read_manifest("pages", tree)
    known = existing.identity.inputs.get(EXPANSIONS, {}) if existing else {}
    for key in list(known)[number:]:
        shards = WarcFile("", f"{FOLDER}/{key}/").shard.removesuffix(".parquet")
        yield from (f"{folder}/{shards}*" for folder in ("pages", "failures"))


def _rows(result: StageResult, folder: str) -> int:
    return sum(output.rows for output in result.outputs if output.path.startswith(folder))
