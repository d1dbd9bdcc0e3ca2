"""`mathmine write`: the last round's pages, each once and without benchmarks, as the corpus."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial

from pipelines.beam_runner import Jobs
from pipelines.stages.shard_job import run_shard_job, shard_names
from pipelines.stages.stage import Made, digest, run_stage
from schemas.benchmarks import SUFFIXES, BenchmarkItem, read_benchmark
from schemas.errors import InputError, reading
from schemas.manifest import Identity, Manifest
from schemas.settings import Write
from transforms.corpus.write_part import CorpusPart, save_index, write_part
from transforms.decontamination.decontaminate import index_benchmarks
from transforms.dedup.deduplicate import FindDuplicates
from transforms.storage.files import Storage, is_remote
from transforms.storage.map_shards import MapShards, read_report
from transforms.storage.output_tree import OutputTree, in_round

_BYTES_A_TOKEN = 10 / 3  # of text, by the estimate of tokens: only to size files


def write(
    pages: Manifest,
    rounds: list[Manifest],
    benchmarks: Mapping[str, str],
    settings: Write,
    tree: OutputTree,
    jobs: Jobs,
) -> Manifest:
    """Find the copies among the pages that the last round collected, and write the others.

    `benchmarks` are paths by name. Raises StageRefusedError if the corpus that stands was made of
    another round, with other benchmarks or other settings.
    """
    last_round, of_round = len(rounds), {"round": digest(rounds[-1])}
    with reading("--benchmarks"):
        digests = {name: tree.storage.sha256(path) for name, path in benchmarks.items()}
    identity = Identity(
        stage="write", settings=asdict(settings), inputs=of_round | {"benchmarks": digests}
    )

    def find_duplicates() -> Made:
        copies = FindDuplicates(last_round, tree)
        return run_shard_job("dedup", shard_names(pages), copies, tree, jobs)

    def write_corpus() -> Made:
        items = _items(benchmarks, tree.storage)
        index = index_benchmarks(items, settings.ngram, settings.short_ngram)
        index_digest = save_index(index, tree)
        write_one = partial(write_part, last_round=last_round, index_digest=index_digest, tree=tree)
        parts = plan_corpus(last_round, settings.shard_bytes, tree)
        size = sum(output.bytes for output in pages.outputs)
        return run_shard_job("corpus", parts, MapShards(write_one), tree, jobs, input_bytes=size)

    dedup = Identity(stage="dedup", settings={}, inputs=of_round)
    run_stage("dedup", dedup, tree, find_duplicates)
    return run_stage("corpus", identity, tree, write_corpus)


def benchmark_files(folder: str, storage: Storage) -> dict[str, str]:
    """Return the benchmark files in a folder, by their path from it.

    Raises InputError if there are none.
    """
    found = [path for path, _ in storage.files(folder, lambda name: name.endswith(SUFFIXES))]
    if not found:
        raise InputError(f"--benchmarks {folder}: no {', '.join(SUFFIXES)} there")
    base = folder if is_remote(folder) else os.path.abspath(folder)
    return {path.removeprefix(base).strip("/") or os.path.basename(path): path for path in found}


def plan_corpus(last_round: int, shard_bytes: int, tree: OutputTree) -> list[CorpusPart]:
    """Group shards of pages, in order, into files of about `shard_bytes` of collected text."""
    groups: list[list[str]] = [[]]
    size = 0.0
    for part in read_report(in_round(last_round, "collected", "_report.jsonl"), tree):
        collected = part.counters["collected_tokens"] * _BYTES_A_TOKEN
        if groups[-1] and size + collected > shard_bytes:
            groups.append([])
            size = 0.0
        groups[-1].append(part.name)
        size += collected
    return [
        CorpusPart(f"math-{number:05}-of-{len(groups):05}.parquet", tuple(group))
        for number, group in enumerate(groups)
    ]


def _items(benchmarks: Mapping[str, str], storage: Storage) -> Iterator[BenchmarkItem]:
    for name, path in benchmarks.items():
        with reading(f"--benchmarks {path}"), storage.open(path) as file:
            items = list(read_benchmark(name, file))
        yield from items
