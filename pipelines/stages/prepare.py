"""`mathmine prepare`: WARC files to pages, once for each crawl."""

from dataclasses import asdict
from functools import partial

from pipelines.beam_runner import Jobs
from pipelines.stages.shard_job import run_shard_job
from pipelines.stages.stage import Made, run_stage
from schemas.manifest import Identity, Manifest
from schemas.settings import Prepare
from transforms.pages.prepare_shard import WarcFile, check_ledger, prepare_shard
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree


def prepare(
    files: list[tuple[WarcFile, int]], settings: Prepare, tree: OutputTree, jobs: Jobs
) -> Manifest:
    """Make the shards of all files that have none yet; `files` come with their size in bytes.

    Raises LedgerError if a record was lost, StageRefusedError if the tree holds other files' pages.
    """
    identity = Identity(
        stage="prepare",
        settings=asdict(settings),
        inputs={warc.name: {"bytes": size} for warc, size in files},
    )

    def work() -> Made:
        tree.storage.sweep(tree.at("failures"))
        one_file = MapShards(partial(prepare_shard, settings=settings, tree=tree))
        warcs, size = [warc for warc, _ in files], sum(size for _, size in files)
        made = run_shard_job("pages", warcs, one_file, tree, jobs, input_bytes=size)
        check_ledger("the crawl", made.counters, _rows(made, "pages/"), _rows(made, "failures/"))
        return made

    return run_stage("pages", identity, tree, work)


def _rows(made: Made, folder: str) -> int:
    return sum(output.rows for output in made.outputs if output.path.startswith(folder))
