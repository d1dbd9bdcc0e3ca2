"""Run the stage `lines`: find the lines that most collected pages of a host share."""

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import run_shard_job, total_bytes
from pipelines.rounds.round import MinedRound
from schemas.manifest import Identity, Manifest
from transforms.line_cleaning.clean_shards import FOLDER, CleanLines
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in


def find_repeated_lines(
    pages: Manifest, last_round: MinedRound, share: float, tree: OutputTree, jobs: Jobs
) -> Manifest:
    """Find the lines that a `share` of the collected pages of a host have.

    With another round or share than before, all of it is done again.
    """
    number, inputs = last_round.number, {"round": last_round.manifest.digest()}
    identity = Identity(stage="lines", settings={"share": share}, inputs=inputs)
    made_from = Manifest(identity=identity).digest()

    def work() -> StageResult:
        folders = ["pages", in_round(number, "collected")]
        shards = shards_in([*pages.outputs, *last_round.manifest.outputs], folders)
        clean = CleanLines(share, number, made_from, tree)
        return run_shard_job(FOLDER, shards, Shard.from_json, clean, tree, jobs, total_bytes(pages))

    changed = {"inputs.round": "its pages were collected again", "settings.share": ""}
    return run_stage(FOLDER, identity, tree, work, changed, (f"{FOLDER}/*.parquet",))
