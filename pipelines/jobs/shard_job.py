"""Run a Beam job over items, usually shards, and read the Parts that its workers report."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import apache_beam as beam

from pipelines.beam_runner import Jobs
from pipelines.jobs.preflight import check_workers
from pipelines.jobs.run_stage import StageResult, add_parts
from pipelines.progress import progress
from schemas.manifest import Manifest, Output
from transforms.storage.map_shards import ReportParts, read_report
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import ReadItems, write_items

REPORT = "_report.jsonl"


def run_shard_job(
    folder: str,
    items: Sequence[Any],
    parse: Callable[[str], Any],
    parts: beam.PTransform,
    tree: OutputTree,
    jobs: Jobs,
    input_bytes: int = 0,
    also_in: Sequence[str] = (),
    only_read: int = 0,
    written: str = "*.parquet",
    min_ram: str = "",
) -> StageResult:
    """Run `parts`, which turns a collection of `items` into Parts, and add the Parts up.

    `items` are dataclasses, `parse` returns the item of a line of JSON. Progress is the number of
    files that have appeared in `folder` with names that match the glob `written` and, where a step
    writes there first, `also_in` others; for `only_read` of the items none does. `input_bytes` is
    roughly how much is read, and `min_ram` the memory of a machine: see `Jobs.run`.
    The counters of the job are stored in `jobs.metrics`. Before the first job on a remote runner,
    its workers are checked.
    """
    check_workers(tree, jobs)
    report, listing = f"{folder}/{REPORT}", f"{folder}/_items.jsonl"
    write_items(items, listing, tree)

    def build(pipeline: beam.Pipeline) -> None:
        source = pipeline | "Items" >> ReadItems(listing, parse, tree)
        _ = source | parts | ReportParts(report, tree)

    def count_files() -> int:
        folders = [tree.at(f"{path}/{written}") for path in (folder, *also_in)]
        return sum(len(tree.storage.match(files)) for files in folders)

    with progress(folder, (len(items) - only_read) * (1 + len(also_in)), count_files):
        jobs.metrics[folder] = jobs.run(build, input_bytes, min_ram)
    return add_parts(read_report(tree.read(report)))


def report_of(folder: str, tree: OutputTree) -> Output:
    """Return the file with the Parts of the job that `run_shard_job` ran in `folder`."""
    path = f"{folder}/{REPORT}"
    content = tree.read(path)
    digest = hashlib.sha256(content).hexdigest()
    return Output(path=path, rows=content.count(b"\n"), bytes=len(content), sha256=digest)


def output_at(path: str, manifest: Manifest) -> Output:
    """Return the output of a stage at `path`."""
    return next(output for output in manifest.outputs if output.path == path)


def total_bytes(pages: Manifest) -> int:
    """Return the size of all outputs of `prepare`, an estimate of what a job over them reads."""
    return sum(output.bytes for output in pages.outputs)
