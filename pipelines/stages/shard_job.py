"""Run a Beam job over items, usually shards, and read the Parts that its workers report."""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam

from pipelines.beam_runner import Jobs
from pipelines.progress import progress
from pipelines.stages.run_stage import StageResult, add_parts
from schemas.manifest import Manifest, Part
from transforms.storage.map_shards import ReportParts, read_report
from transforms.storage.output_tree import OutputTree


def run_shard_job(
    folder: str,
    items: Sequence[Any],
    parts: beam.PTransform,
    tree: OutputTree,
    jobs: Jobs,
    input_bytes: int = 0,
) -> StageResult:
    """Run `parts`, which turns a collection of `items` into Parts, and add the Parts up.

    Progress is the number of files that have appeared in `folder`. `input_bytes` is roughly how
    much is read: see `Jobs.run`. The counters of the job are stored in `jobs.metrics`.
    """
    report = f"{folder}/_report.jsonl"

    def build(pipeline: beam.Pipeline) -> None:
        _ = pipeline | "Items" >> beam.Create(items) | parts | ReportParts(report, tree)

    def count_files() -> int:
        return len(tree.storage.match(tree.at(f"{folder}/*.parquet")))

    with progress(folder, len(items), count_files):
        jobs.metrics[folder] = jobs.run(build, input_bytes)
    return add_parts(read_report(report, tree))


def run_report_job(
    report: str,
    items: Sequence[Any],
    parts: beam.PTransform,
    tree: OutputTree,
    jobs: Jobs,
) -> list[Part]:
    """Return the Parts that `parts` makes of `items`; read them from `report` if it exists."""
    if not tree.exists(report):

        def build(pipeline: beam.Pipeline) -> None:
            _ = pipeline | "Items" >> beam.Create(items) | parts | ReportParts(report, tree)

        jobs.run(build)
    return read_report(report, tree)


def shard_names(pages: Manifest) -> list[str]:
    """Return the file names of the shards of pages that `prepare` wrote, in order."""
    paths = (output.path for output in pages.outputs)
    return sorted(path.removeprefix("pages/") for path in paths if path.startswith("pages/"))


def total_bytes(pages: Manifest) -> int:
    """Return the size of all outputs of `prepare`, an estimate of what a job over them reads."""
    return sum(output.bytes for output in pages.outputs)
