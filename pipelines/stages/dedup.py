"""Run the stage `dedup`: find the copies among the pages that the last round collected."""

from pipelines.beam_runner import Jobs
from pipelines.stages.round import MinedRound
from pipelines.stages.run_stage import StageResult, run_stage
from pipelines.stages.shard_job import run_shard_job, total_bytes
from schemas.manifest import Identity, Manifest
from transforms.dedup.deduplicate import FindDuplicates
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in


def find_duplicates(
    pages: Manifest, last_round: MinedRound, tree: OutputTree, jobs: Jobs
) -> Manifest:
    """Write `dedup/SHARD` for every shard of pages.

    Raises StageRefusedError if the existing files were made from another round.
    """
    made_from, collected = last_round.manifest.digest(), in_round(last_round.number, "collected")
    shards = shards_in([*pages.outputs, *last_round.manifest.outputs], ["pages", collected])
    copies = FindDuplicates(last_round.number, made_from, tree)

    def work() -> StageResult:
        size = total_bytes(pages)
        return run_shard_job("dedup", shards, Shard.from_json, copies, tree, jobs, size)

    identity = Identity(stage="dedup", settings={}, inputs={"round": made_from})
    return run_stage("dedup", identity, tree, work)
