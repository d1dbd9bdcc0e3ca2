"""Write a sidecar of every shard of pages into a folder of a round."""

import apache_beam as beam

from pipelines.stages.round_inputs import Round, round_identity
from pipelines.stages.run_stage import StageResult, digest, run_stage
from pipelines.stages.shard_job import run_shard_job, total_bytes
from schemas.manifest import Identity, Manifest


def write_sidecars(this: Round, folder: str, sidecars: beam.PTransform) -> Manifest:
    """Run `sidecars`, which writes one sidecar per shard to `folder`, as a stage of the round."""
    inputs = {"round": digest(Manifest(identity=round_identity(this)))}
    identity = Identity(stage=folder, settings={}, inputs=inputs)
    path = this.at(folder)

    def work_on_all() -> StageResult:
        return run_shard_job(
            path, this.shard_names, sidecars, this.tree, this.jobs, total_bytes(this.pages)
        )

    return run_stage(path, identity, this.tree, work_on_all)
