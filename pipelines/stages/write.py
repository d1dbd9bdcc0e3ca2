"""Run the stage `write`: turn the pages of the last round into the corpus.

Lines that contain benchmark text are left out and, if the settings say so, lines that most pages of
a host share.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import REPORT, output_at, report_of, run_shard_job, total_bytes
from pipelines.rounds.cut import read_calibration
from pipelines.rounds.round import MinedRound
from pipelines.stages.input_files import Benchmarks, TokenizerFile
from pipelines.stages.lines import find_repeated_lines
from schemas.manifest import Identity, Manifest, Output
from schemas.settings import Write
from transforms.corpus.count_tokens import ESTIMATE, save_tokenizer
from transforms.corpus.write_part import CorpusPart, WriteCorpus, Writing
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.index_file import save_index
from transforms.line_cleaning.clean_shards import COPIES, FOLDER
from transforms.storage.map_shards import read_report
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in

_BYTES_A_TOKEN = 10 / 3  # of text, by the estimate of tokens: only to size files

Counts = tuple[int, int]  # pages and tokens


def write(
    pages: Manifest,
    copies: Manifest,
    rounds: Sequence[MinedRound],
    benchmarks: Benchmarks,
    settings: Write,
    tree: OutputTree,
    jobs: Jobs,
    tokenizer: TokenizerFile | None = None,
) -> Manifest:
    """Write the pages that the last of `rounds` collected, and count their tokens.

    A corpus that was made from another round, or before that round was cut again, is written anew.
    Raises StageRefusedError if the existing corpus was made with other benchmarks or settings, and
    DamagedFileError if a file of it is missing or has another size.
    """
    last_round = rounds[-1]
    inputs = {
        "round": last_round.manifest.digest(),
        "benchmarks": benchmarks.identity,
        "tokens_by": tokenizer.identity if tokenizer else ESTIMATE,
    }
    defining = {key: value for key, value in asdict(settings).items() if key != "tokenizer"}

    def work() -> StageResult:
        share = settings.repeated_line_share
        lines = find_repeated_lines(pages, last_round, share, tree, jobs) if share else None
        rule = settings.decontamination
        index = save_index(index_benchmarks(benchmarks.items, rule.ngram, rule.short_ngram), tree)
        calibration = read_calibration(last_round.number, last_round.manifest, tree)
        writing = Writing(
            last_round.number,
            index,
            rule,
            calibration,
            save_tokenizer(tokenizer.data, tree) if tokenizer else None,
            output_at(f"{FOLDER}/{COPIES}", lines) if lines else None,
        )
        outputs = [pages.outputs, copies.outputs, *(mined.manifest.outputs for mined in rounds)]
        collected = [in_round(mined.number, "collected") for mined in rounds]
        folders = ["pages", "dedup", in_round(last_round.number, "scores"), *collected]
        if lines:
            outputs.append(lines.outputs)
            folders.append(FOLDER)
        report = output_at(f"{collected[-1]}/{REPORT}", last_round.manifest)
        parts = plan_corpus(shards_in(chain(*outputs), folders), _collected(report, tree), settings)
        to_corpus, size = WriteCorpus(writing, tree), total_bytes(pages)
        parse = CorpusPart.from_json
        result = run_shard_job("corpus", parts, parse, to_corpus, tree, jobs, size)
        return replace(result, outputs=[*result.outputs, report_of("corpus", tree), index])

    identity = Identity(stage="write", settings=defining, inputs=inputs)
    stale = ("corpus/*.parquet", "contamination/*.parquet")
    redo_for = {"inputs.round": "its pages were collected again"}
    corpus = run_stage("corpus", identity, tree, work, redo_for, stale)
    _check_files(corpus, tree)
    return corpus


def _check_files(corpus: Manifest, tree: OutputTree) -> None:
    """Raise DamagedFileError if a file of the corpus is missing, or has another size."""
    folders = ("corpus", "contamination")
    sizes = {
        path: size
        for folder in folders
        for path, size in tree.storage.match(tree.at(f"{folder}/*.parquet"))
    }
    for output in [output for folder in folders for output in corpus.parquet_in(folder)]:
        size = sizes.get(tree.at(output.path))
        if size != output.bytes:
            reason = "it is missing" if size is None else f"it has {size:,} bytes"
            raise tree.damaged(output.path, reason)


def plan_corpus(
    shards: Sequence[Shard], collected: Mapping[str, Counts], settings: Write
) -> list[CorpusPart]:
    """Group shards of pages, in order, into files of at most `shard_bytes` of collected text.

    The size of a text is estimated from its tokens; a larger shard is divided into several files.
    """
    groups = list(_groups(shards, collected, settings.shard_bytes))
    return [
        CorpusPart(f"{settings.topic}-{number:05}-of-{len(groups):05}.parquet", *group)
        for number, group in enumerate(groups)
    ]


Group = tuple[tuple[Shard, ...], int, int]  # the last three fields of a CorpusPart


def _groups(
    shards: Sequence[Shard], collected: Mapping[str, Counts], shard_bytes: int
) -> Iterator[Group]:
    group: list[Shard] = []
    size = 0.0
    for shard in shards:
        pages, tokens = collected[shard.name]
        pieces = min(math.ceil(tokens * _BYTES_A_TOKEN / shard_bytes), pages)
        if group and size + tokens * _BYTES_A_TOKEN > shard_bytes:
            yield tuple(group), 0, 1
            group, size = [], 0.0
        if pieces > 1:
            yield from (((shard,), piece, pieces) for piece in range(pieces))
        else:
            group.append(shard)
            size += tokens * _BYTES_A_TOKEN
    if group or not shards:
        yield tuple(group), 0, 1


def _collected(report: Output, tree: OutputTree) -> dict[str, Counts]:
    """Return the pages and tokens that a round collected, by shard, from the report of its job."""
    parts = read_report(tree.read_verified(report))
    names = ("collected_pages", "collected_tokens")
    return {
        part.name: (part.counters.get(names[0], 0), part.counters.get(names[1], 0))
        for part in parts
    }


def file_tokens(corpus: Manifest, tree: OutputTree) -> dict[str, int]:
    """Return the tokens of each file of the corpus, by path."""
    report = tree.read_verified(output_at(f"corpus/{REPORT}", corpus))
    parts = [part for part in read_report(report) if "tokens" in part.counters]
    return {f"corpus/{part.name}": part.counters["tokens"] for part in parts}
