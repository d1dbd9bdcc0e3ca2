"""Fetch pages under accepted patterns that are not in the files at hand (`mathmine expand`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.beam_runner import Jobs
from pipelines.crawl_lists import folder_with
from pipelines.index_files import Index, crawl_of
from pipelines.jobs.run_stage import StageResult, add_parts, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job
from pipelines.rounds.label_file import PATTERNS, all_labels, read_patterns
from pipelines.stages.expansions import (
    expansion_inputs,
    fetched_expansions,
    folder_of,
    plan_folder,
)
from pipelines.stages.run import prepared_pages
from schemas import shards
from schemas.errors import InputError, StageRefusedError
from schemas.manifest import EXPANSIONS, FILE_NAME, Identity, Manifest, Output, Part, digest_of
from schemas.patterns import ACCEPT, Verdict
from transforms.expansion.fetch_records import (
    FetchRecords,
    RecordList,
    planned_counters,
    planned_requests,
)
from transforms.expansion.search_index import IndexFile, SearchIndex
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import ShardWriter

RECORDS_IN_FILE = 1000  # four minutes at four requests a second: what a killed command may lose
_DEFINING = ["warc_file", "warc_offset"]


@dataclass(frozen=True)
class Expansion:
    """What `mathmine expand` is about to fetch, or has fetched.

    `plan` lists the records. `root` is the folder or URL that WARC files are relative to; "" if
    nothing is to fetch. `found` is None if an earlier command planned it, and `fetched` before the
    records are fetched.
    """

    number: int
    plan: Manifest
    root: str = ""
    found: Manifest | None = None
    fetched: Manifest | None = None


def expand(index: Index, tree: OutputTree, jobs: Jobs) -> Expansion:
    """Return what can be fetched, or the last expansion if its records are not mined yet.

    An expansion that has begun to be fetched is continued, whatever the index. Raises
    StageRefusedError if the pages are not there, and InputError if no pattern is accepted.
    """
    pages, expansions = prepared_pages(tree), fetched_expansions(tree)
    number = len(expansions)
    if expansions and pages.identity.inputs.get(EXPANSIONS, {}) != expansion_inputs(expansions):
        return Expansion(number, _plan_of(number, tree), fetched=expansions[-1])
    if not all(tree.exists(output.path) for output in pages.parquet_in("pages")):
        raise StageRefusedError(
            f"`mathmine clean` removed the pages, which are mined again with others: remove "
            f"{tree.at('pages')} and run `mathmine run` again"
        )
    number += 1
    found = None
    if not read_manifest(folder_of(number), tree):
        found = _search(number, index, _labels(tree), tree, jobs)
        _plan(number, found, pages, tree)
    plan = _plan_of(number, tree)
    root = _root(index, plan, tree) if plan.outputs else ""
    return Expansion(number, plan, root, found)


def _plan_of(number: int, tree: OutputTree) -> Manifest:
    plan = read_manifest(plan_folder(number), tree)
    if plan is None:
        path = f"{plan_folder(number)}/{FILE_NAME}"
        raise tree.damaged(path, "it is missing")
    return plan


def _labels(tree: OutputTree) -> dict[str, Verdict]:
    labels = all_labels(read_patterns([], tree))
    if not any(label.verdict == ACCEPT for label in labels.values()):
        raise InputError(f"{tree.at(PATTERNS)} accepts no pattern: label patterns accept first")
    return {pattern: label.verdict for pattern, label in labels.items()}


def _root(index: Index, plan: Manifest, tree: OutputTree) -> str:
    first = tree.read_table(plan.outputs[0], ["warc_file"]).column(0)[0].as_py()
    return index.root or folder_with(first, index.folder, tree.storage, "--index")


def _search(
    number: int, index: Index, labels: Mapping[str, Verdict], tree: OutputTree, jobs: Jobs
) -> Manifest:
    """Write the records of an index that accepted patterns match."""
    folder = f"{folder_of(number)}/index"
    identity = Identity(
        stage="search", settings={}, inputs={"labels": digest_of(labels), "index": index.names}
    )
    files = [
        IndexFile(path, f"{folder}/{position:05}.parquet", crawl_of(path))
        for position, path in enumerate(index.paths)
    ]

    def work() -> StageResult:
        parts = SearchIndex(labels, Manifest(identity=identity).digest(), tree)
        return run_shard_job(folder, files, IndexFile.from_json, parts, tree, jobs)

    stale = (f"{folder}/*.parquet",)
    return run_stage(folder, identity, tree, work, redo_for={"": ""}, stale=stale)


def _plan(number: int, found: Manifest, pages: Manifest, tree: OutputTree) -> Manifest:
    """Write the lists of the records to fetch: those of pages that are not here yet."""
    folder = plan_folder(number)
    identity = Identity(
        stage="plan",
        settings={"records_in_file": RECORDS_IN_FILE},
        inputs={"found": found.digest(), "known": pages.digest()},
    )

    def work() -> StageResult:
        records, counters = _unknown(_records(found, tree), number, pages, tree)
        records = records.sort_by([(name, "ascending") for name in _DEFINING])
        starts = range(0, records.num_rows, RECORDS_IN_FILE)
        parts = [
            _write_list(
                f"{folder}/{position:05}.parquet", records.slice(start, RECORDS_IN_FILE), tree
            )
            for position, start in enumerate(starts)
        ]
        result = add_parts([Part(name="", counters=counters), *parts])
        return StageResult(result.outputs, {"records": 0} | result.counters)

    stale = (f"{folder}/*.parquet",)
    return run_stage(folder, identity, tree, work, redo_for={"": ""}, stale=stale)


def _records(found: Manifest, tree: OutputTree) -> pa.Table:
    tables = [tree.read_table(output, shards.INDEXED.names) for output in found.outputs]
    return pa.concat_tables([shards.INDEXED.empty_table(), *tables])


def _unknown(
    records: pa.Table, number: int, pages: Manifest, tree: OutputTree
) -> tuple[pa.Table, dict[str, int]]:
    """Return the records of pages that are not here, the last of each URL, and counts of others."""
    counters = {"found": records.num_rows}
    names = pa.array(pages.warc_names, pa.string())
    here = pc.is_in(records.column("warc_file"), names)
    records = _without(records, here, "known_record", counters)
    known = _known_urls(np.asarray(records.column("url_hash")), number, pages, tree)
    records = _without(records, pa.array(known), "known_url", counters)
    newest = records.sort_by(
        [
            ("url_hash", "ascending"),
            ("fetched_at", "descending"),
            *((name, "descending") for name in _DEFINING),
        ]
    )
    hashes = np.asarray(newest.column("url_hash"))
    repeated = np.zeros(len(hashes), bool)
    repeated[1:] = hashes[1:] == hashes[:-1]
    return _without(newest, pa.array(repeated), "repeated_url", counters), counters


def _without(
    records: pa.Table, unwanted: pa.Array, reason: str, counters: dict[str, int]
) -> pa.Table:
    rest = records.filter(pc.invert(unwanted))
    counters[f"left_out.{reason}"] = records.num_rows - rest.num_rows
    return rest


def _known_urls(
    hashes: NDArray[np.int64], number: int, pages: Manifest, tree: OutputTree
) -> NDArray[np.bool_]:
    """Return which URLs a page has, or a record that was fetched and became none."""
    known = np.zeros(len(hashes), bool)
    files = pages.parquet_in("pages")
    for earlier in range(1, number):
        plan = read_manifest(plan_folder(earlier), tree)
        files += plan.outputs if plan else []
    for file in files:
        known |= np.isin(hashes, np.asarray(tree.read_table(file, ["url_hash"]).column(0)))
    return known


def _write_list(path: str, records: pa.Table, tree: OutputTree) -> Part:
    with tree.create(path) as local:
        with ShardWriter(local, shards.INDEXED) as writer:
            writer.add_table(records.combine_chunks())
        output = writer.output(path)
    counters = planned_counters(planned_requests(output, tree))
    return Part(name=path, outputs=[output], counters=counters)


def fetch(expansion: Expansion, tree: OutputTree, jobs: Jobs) -> Expansion:
    """Fetch the records that are missing of an expansion."""
    folder, plan = folder_of(expansion.number), expansion.plan
    inputs = {"plan": plan.digest(), "warc_files": _warc_files(plan, tree)}
    identity = Identity(stage="fetch", settings={}, inputs=inputs)
    lists = [
        RecordList(output, f"{folder}/{position:05}.warc.gz")
        for position, output in enumerate(plan.outputs)
    ]

    def work() -> StageResult:
        parts, size = FetchRecords(expansion.root, tree), plan.counters["transferred_bytes"]
        parse = RecordList.from_json
        return run_shard_job(folder, lists, parse, parts, tree, jobs, size, written="*.warc.gz")

    return replace(expansion, fetched=run_stage(folder, identity, tree, work))


def missing_lists(expansion: Expansion, tree: OutputTree) -> list[Output]:
    """Return the lists of records that are not fetched yet."""
    folder = folder_of(expansion.number)
    return [
        output
        for position, output in enumerate(expansion.plan.outputs)
        if not tree.exists(f"{folder}/{position:05}.warc.gz")
    ]


def _warc_files(plan: Manifest, tree: OutputTree) -> list[str]:
    columns = [tree.read_table(output, ["warc_file"]).column(0) for output in plan.outputs]
    return sorted({name for column in columns for name in pc.unique(column).to_pylist()})
