"""A Beam job that makes one file of each item, with progress and a report."""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam

from pipelines.beam_runner import Jobs
from pipelines.progress import progress
from pipelines.stages.stage import Made
from schemas.manifest import Manifest
from transforms.storage.map_shards import ReportParts, read_report
from transforms.storage.output_tree import OutputTree


def run_shard_job(
    folder: str,
    items: Sequence[Any],
    parts: beam.PTransform,
    tree: OutputTree,
    jobs: Jobs,
    input_bytes: int = 0,
) -> Made:
    """Run `parts`, which turns a collection of `items` into Parts, and add the Parts up.

    The files appear in `folder`, which is watched for progress. `input_bytes` is about how much is
    read: see `Jobs.run`.
    """
    report = f"{folder}/_report.jsonl"

    def build(pipeline: beam.Pipeline) -> None:
        _ = pipeline | beam.Create(items) | parts | ReportParts(report, tree)

    def done() -> int:
        return len(tree.storage.match(tree.at(f"{folder}/*.parquet")))

    with progress(folder, len(items), done):
        jobs.run(build, input_bytes)
    return Made.of_parts(read_report(report, tree))


def shard_names(pages: Manifest) -> list[str]:
    """Return the file names of the shards of pages that `prepare` made, in order."""
    paths = (output.path for output in pages.outputs)
    return sorted(path.removeprefix("pages/") for path in paths if path.startswith("pages/"))
