"""Run the stage `prepare`: from WARC files to shards of pages."""

from dataclasses import asdict

from pipelines.beam_runner import Jobs
from pipelines.stages.run_stage import StageResult, run_stage
from pipelines.stages.shard_job import run_shard_job
from schemas.manifest import Identity, Manifest
from schemas.settings import Prepare
from transforms.pages.prepare_shard import PrepareShards, WarcFile, check_ledger
from transforms.storage.output_tree import OutputTree


def prepare(
    files: list[tuple[WarcFile, int]], settings: Prepare, tree: OutputTree, jobs: Jobs
) -> Manifest:
    """Write the missing shards of all WARC files; `files` come with their size in bytes.

    Raises LedgerError if a record was lost, StageRefusedError if the tree holds pages of other
    files or settings.
    """
    identity = Identity(
        stage="prepare",
        settings=asdict(settings),
        inputs={warc.name: {"bytes": size} for warc, size in files},
    )

    def work() -> StageResult:
        tree.storage.sweep(tree.at("failures"))
        warcs, size = [warc for warc, _ in files], sum(size for _, size in files)
        result = run_shard_job(
            "pages", warcs, PrepareShards(settings, tree), tree, jobs, input_bytes=size
        )
        pages, failures = _rows(result, "pages/"), _rows(result, "failures/")
        check_ledger("the crawl", result.counters, pages, failures)
        return result

    return run_stage("pages", identity, tree, work)


def _rows(result: StageResult, folder: str) -> int:
    return sum(output.rows for output in result.outputs if output.path.startswith(folder))
