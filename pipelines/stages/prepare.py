"""Run the stage `prepare`: from WARC files to shards of pages."""

from collections.abc import Sequence
from dataclasses import asdict

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import run_shard_job
from pipelines.stages.changed_inputs import check_unchanged
from schemas.manifest import Identity, Manifest
from schemas.settings import Prepare
from transforms.pages.bugs import check_bugs
from transforms.pages.prepare_shard import PrepareShards, WarcFile, check_ledger
from transforms.storage.output_tree import OutputTree

_WHOLE = "a WARC file"  # of its content, the digest is in the manifest once it was read
_UNKNOWN_SIZE = 1 << 30  # bytes of a file of which only the name is known: as of Common Crawl


def prepare(files: Sequence[WarcFile], settings: Prepare, tree: OutputTree, jobs: Jobs) -> Manifest:
    """Write the missing shards of all WARC files.

    Raises LedgerError if a record was lost, PagesFailedError if too many pages revealed a bug,
    StageRefusedError if the tree holds pages of other files or settings.
    """
    identity = Identity(
        stage="prepare",
        settings=asdict(settings),
        inputs=dict.fromkeys((warc.name for warc in files), _WHOLE),
    )

    def work() -> StageResult:
        tree.storage.sweep(tree.at("failures"))
        check_unchanged(files, tree)
        size = sum(warc.bytes or _UNKNOWN_SIZE for warc in files)
        parts = PrepareShards(settings, tree)
        result = run_shard_job("pages", files, WarcFile.from_json, parts, tree, jobs, size)
        pages, failures = _rows(result, "pages/"), _rows(result, "failures/")
        check_ledger("the crawl", result.counters, pages, failures)
        check_bugs(result.counters, tree.at("failures"))
        return result

    manifest = run_stage("pages", identity, tree, work)
    check_unchanged(files, tree, manifest.input_digests)
    return manifest


def _rows(result: StageResult, folder: str) -> int:
    return sum(output.rows for output in result.outputs if output.path.startswith(folder))
