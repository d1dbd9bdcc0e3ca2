"""Run the stage `dedup`: find the copies among the pages that the last round collected."""

from pipelines.beam_runner import Jobs
from pipelines.stages.round import MinedRound
from pipelines.stages.run_stage import StageResult, digest, run_stage
from pipelines.stages.shard_job import run_shard_job, shard_names
from schemas.manifest import Identity, Manifest
from transforms.dedup.deduplicate import FindDuplicates
from transforms.storage.output_tree import OutputTree


def find_duplicates(
    pages: Manifest, last_round: MinedRound, tree: OutputTree, jobs: Jobs
) -> Manifest:
    """Write `dedup/SHARD` for every shard of pages.

    Raises StageRefusedError if the existing files were made from another round.
    """
    inputs = {"round": digest(last_round.manifest)}

    def work() -> StageResult:
        copies = FindDuplicates(last_round.number, tree)
        return run_shard_job("dedup", shard_names(pages), copies, tree, jobs)

    identity = Identity(stage="dedup", settings={}, inputs=inputs)
    return run_stage("dedup", identity, tree, work)
