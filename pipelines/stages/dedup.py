"""Run the stage `dedup`: find the pages that are copies, and the copy of each that is kept."""

from dataclasses import asdict

from pipelines.beam_runner import Jobs
from pipelines.stages.run_stage import StageResult, read_manifest, run_stage
from pipelines.stages.shard_job import run_shard_job, total_bytes
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.settings import Dedup
from transforms.dedup.deduplicate import FindDuplicates
from transforms.dedup.shard_hashes import NumberedShard
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import shards_in

_PAGES_IN_PARTITION = 200_000  # whose hashes, 14 a page, are one array of 70 MB


def deduplicate(pages: Manifest, settings: Dedup, tree: OutputTree, jobs: Jobs) -> Manifest:
    """Write `dedup/SHARD` for every shard of pages.

    Raises StageRefusedError if the existing files were made from other pages or settings.
    """
    inputs = {"pages": pages.digest()}
    identity = Identity(stage="dedup", settings=asdict(settings), inputs=inputs)
    made_from = Manifest(identity=identity).digest()

    def work() -> StageResult:
        partitions = 1 + pages.counters["pages"] // _PAGES_IN_PARTITION
        copies = FindDuplicates(settings, partitions, made_from, tree)
        shards = enumerate(shards_in(pages.outputs, ["pages"]))
        items = [NumberedShard(number, shard) for number, shard in shards]
        size = total_bytes(pages)
        return run_shard_job("dedup", items, NumberedShard.from_json, copies, tree, jobs, size)

    return run_stage("dedup", identity, tree, work)


def deduplicated_pages(tree: OutputTree) -> Manifest:
    """Return the manifest of the copies; raises StageRefusedError if it is not complete."""
    copies = read_manifest("dedup", tree)
    if copies is None or not copies.complete:
        raise StageRefusedError(f"{tree.folder} has copies left: run `mathmine dedup` first")
    return copies
