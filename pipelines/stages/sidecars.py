"""Write a sidecar of every shard of pages into a folder of a round."""

import apache_beam as beam

from pipelines.stages.round_inputs import Round, round_identity
from pipelines.stages.run_stage import StageResult, digest, run_stage
from pipelines.stages.shard_job import run_shard_job, total_bytes
from schemas.manifest import Identity, Manifest


def write_sidecars(round_: Round, folder: str, sidecars: beam.PTransform) -> Manifest:
    """Run `sidecars`, which writes one sidecar per shard to `folder`, as a stage of the round."""
    inputs = {"round": digest(Manifest(identity=round_identity(round_)))}
    identity = Identity(stage=folder, settings={}, inputs=inputs)
    path = round_.at(folder)

    def work() -> StageResult:
        return run_shard_job(
            path, round_.shard_names, sidecars, round_.tree, round_.jobs, total_bytes(round_.pages)
        )

    return run_stage(path, identity, round_.tree, work)
