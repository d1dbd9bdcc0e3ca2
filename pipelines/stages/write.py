"""Run the stage `write`: turn the pages of the last round into the corpus.

Copies and the lines that contain benchmark text are left out.
"""

from collections.abc import Sequence
from dataclasses import asdict

from pipelines.beam_runner import Jobs
from pipelines.stages.dedup import find_duplicates
from pipelines.stages.input_files import Benchmarks
from pipelines.stages.round import MinedRound
from pipelines.stages.run_stage import StageResult, digest, run_stage
from pipelines.stages.shard_job import run_shard_job, total_bytes
from schemas.manifest import Identity, Manifest, Part
from schemas.settings import Write
from transforms.corpus.write_part import CorpusPart, WriteCorpus
from transforms.decontamination.index import index_benchmarks, save_index
from transforms.storage.map_shards import read_report
from transforms.storage.output_tree import OutputTree, in_round

_BYTES_A_TOKEN = 10 / 3  # of text, by the estimate of tokens: only to size files


def write(
    pages: Manifest,
    last_round: MinedRound,
    benchmarks: Benchmarks,
    settings: Write,
    tree: OutputTree,
    jobs: Jobs,
) -> Manifest:
    """Find the copies among the pages that the last round collected, and write the others.

    Raises StageRefusedError if the existing corpus was made from another round, or with other
    benchmarks or settings.
    """
    inputs = {"round": digest(last_round.manifest), "benchmarks": benchmarks.identity}

    def work() -> StageResult:
        index = index_benchmarks(benchmarks.items, settings.ngram, settings.short_ngram)
        index_digest = save_index(index, tree)
        number = last_round.number
        to_corpus = WriteCorpus(number, index_digest, tree)
        shards = read_report(in_round(number, "collected", "_report.jsonl"), tree)
        parts = plan_corpus(shards, settings.shard_bytes)
        return run_shard_job("corpus", parts, to_corpus, tree, jobs, input_bytes=total_bytes(pages))

    find_duplicates(pages, last_round, tree, jobs)
    identity = Identity(stage="write", settings=asdict(settings), inputs=inputs)
    return run_stage("corpus", identity, tree, work)


def plan_corpus(shards: Sequence[Part], shard_bytes: int) -> list[CorpusPart]:
    """Group shards of pages, in order, into files of at most `shard_bytes` of collected text.

    The size of a text is estimated from its tokens; a larger shard becomes a file by itself.
    """
    groups: list[list[str]] = [[]]
    size = 0.0
    for shard in shards:
        collected = shard.counters["collected_tokens"] * _BYTES_A_TOKEN
        if groups[-1] and size + collected > shard_bytes:
            groups.append([])
            size = 0.0
        groups[-1].append(shard.name)
        size += collected
    return [
        CorpusPart(f"math-{number:05}-of-{len(groups):05}.parquet", tuple(group))
        for number, group in enumerate(groups)
    ]
