"""Run the stage `write`: turn the pages of the last round into the corpus.

Lines that contain benchmark text are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import REPORT, output_at, run_shard_job, total_bytes
from pipelines.rounds.cut import read_calibration
from pipelines.rounds.round import MinedRound
from pipelines.stages.input_files import Benchmarks
from schemas.manifest import Identity, Manifest, Output
from schemas.settings import Write
from transforms.corpus.write_part import CorpusPart, WriteCorpus
from transforms.decontamination.index import index_benchmarks, save_index
from transforms.storage.map_shards import read_report
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in

_BYTES_A_TOKEN = 10 / 3  # of text, by the estimate of tokens: only to size files


def write(
    pages: Manifest,
    rounds: Sequence[MinedRound],
    benchmarks: Benchmarks,
    settings: Write,
    tree: OutputTree,
    jobs: Jobs,
) -> Manifest:
    """Write the pages that the last of `rounds` collected.

    A corpus that was made from another round, or before that round was cut again, is written anew.
    Raises StageRefusedError if the existing corpus was made with other benchmarks or settings, and
    DamagedFileError if a file of it is missing or has another size.
    """
    last_round = rounds[-1]
    inputs = {"round": last_round.manifest.digest(), "benchmarks": benchmarks.identity}

    def work() -> StageResult:
        index = index_benchmarks(benchmarks.items, settings.ngram, settings.short_ngram)
        calibration = read_calibration(last_round.number, last_round.manifest, tree)
        to_corpus = WriteCorpus(last_round.number, save_index(index, tree), calibration, tree)
        outputs = [pages.outputs, *(mined.manifest.outputs for mined in rounds)]
        collected = [in_round(mined.number, "collected") for mined in rounds]
        folders = ["pages", in_round(last_round.number, "scores"), *collected]
        report = output_at(f"{collected[-1]}/{REPORT}", last_round.manifest)
        shards = shards_in(chain(*outputs), folders)
        parts = plan_corpus(shards, _collected_tokens(report, tree), settings.shard_bytes)
        size = total_bytes(pages)
        return run_shard_job("corpus", parts, CorpusPart.from_json, to_corpus, tree, jobs, size)

    identity = Identity(stage="write", settings=asdict(settings), inputs=inputs)
    stale, redo_for = "corpus/*.parquet", {"inputs.round": "its pages were collected again"}
    corpus = run_stage("corpus", identity, tree, work, redo_for, stale)
    _check_files(corpus, tree)
    return corpus


def _check_files(corpus: Manifest, tree: OutputTree) -> None:
    """Raise DamagedFileError if a file of the corpus is missing, or has another size."""
    sizes = dict(tree.storage.match(tree.at("corpus/*.parquet")))
    for output in corpus.outputs:
        size = sizes.get(tree.at(output.path))
        if size != output.bytes:
            reason = "it is missing" if size is None else f"it has {size:,} bytes"
            raise tree.damaged(output.path, reason)


def plan_corpus(
    shards: Sequence[Shard], collected_tokens: Mapping[str, int], shard_bytes: int
) -> list[CorpusPart]:
    """Group shards of pages, in order, into files of at most `shard_bytes` of collected text.

    The size of a text is estimated from its tokens; a larger shard becomes a file by itself.
    """
    groups: list[list[Shard]] = [[]]
    size = 0.0
    for shard in shards:
        collected = collected_tokens[shard.name] * _BYTES_A_TOKEN
        if groups[-1] and size + collected > shard_bytes:
            groups.append([])
            size = 0.0
        groups[-1].append(shard)
        size += collected
    return [
        CorpusPart(f"math-{number:05}-of-{len(groups):05}.parquet", tuple(group))
        for number, group in enumerate(groups)
    ]


def _collected_tokens(report: Output, tree: OutputTree) -> dict[str, int]:
    """Return the tokens that a round collected, by shard, from the report of its job."""
    parts = read_report(tree.read_verified(report))
    return {part.name: part.counters.get("collected_tokens", 0) for part in parts}
