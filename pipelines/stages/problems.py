"""Run the stage `problems`: find questions with answers that can be verified in the corpus."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job
from pipelines.progress import printable, table
from pipelines.stages.input_files import Benchmarks
from schemas import shards
from schemas.errors import StageRefusedError
from schemas.manifest import NO_BENCHMARKS, Identity, Manifest, Output, digest_of
from schemas.settings import Decontamination
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.index_file import save_index
from transforms.problems.candidate import KINDS
from transforms.problems.question_key import text_key
from transforms.problems.write_problems import FOUND, Finding, WriteProblems, read_dicts
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import Shard, shards_in

RULES = 1  # raise it with every change of transforms/problems, so that problems are found anew

_NOT_DECONTAMINATED = (
    "The corpus was written without benchmarks, so the problems are not decontaminated: use "
    "--benchmarks DIR."
)
_STALE = ("problems/*.parquet",)
_REDO_FOR = {
    "inputs.corpus": "the corpus was written again",
    "inputs.benchmarks": "the benchmarks are others",
    "settings.rules": "its rules have changed",
}


def written_corpus(tree: OutputTree) -> Manifest:
    """Return the manifest of the corpus; raises StageRefusedError if it is not complete."""
    corpus = read_manifest("corpus", tree)
    if corpus is None or not corpus.complete:
        raise StageRefusedError(f"{tree.folder} has no corpus yet: run `mathmine run` first")
    return corpus


def problems(
    corpus: Manifest,
    benchmarks: Benchmarks,
    check: Callable[[str, str], str],
    tree: OutputTree,
    jobs: Jobs,
) -> Manifest:
    """Find the problems of the corpus, and write each once.

    `check` returns why an answer cannot be verified, "" if it can; a problem with text of
    `benchmarks` is refused. Problems of another corpus, or other benchmarks, are replaced.
    """
    inputs = {"corpus": corpus.digest(), "benchmarks": benchmarks.identity}
    identity = Identity(stage="problems", settings={"rules": RULES}, inputs=inputs)

    def work() -> StageResult:
        made_from = digest_of(asdict(identity))
        index = _index(benchmarks, tree)
        outputs = corpus.parquet_in("corpus")
        files = shards_in(outputs, ["corpus"])
        size = sum(output.bytes for output in outputs)
        policy = corpus.identity.settings.get("decontamination", {}).get("policy")
        write = WriteProblems(Finding(check, index, policy == "mark", made_from), tree)
        result = run_shard_job(
            "problems", files, Shard.from_json, write, tree, jobs, size, also_in=[FOUND]
        )
        for path, _ in tree.storage.match(tree.at(f"{FOUND}/*.parquet")):
            tree.storage.remove(path)
        return result

    return run_stage("problems", identity, tree, work, _REDO_FOR, _STALE)


def _index(benchmarks: Benchmarks, tree: OutputTree) -> Output | None:
    if not benchmarks.items:
        return None
    rule = Decontamination()
    index = index_benchmarks(benchmarks.items, rule.ngram, rule.short_ngram)
    return save_index(index, tree, "decontamination/index_of_problems.arrow")


def describe_problems(found: Manifest, corpus: Manifest) -> str:
    """Return the table of what was found by each rule, and what was refused for which reason."""
    counters = found.counters
    kinds = [(kind, counters.get(f"problems.{kind}", 0)) for kind in KINDS]
    reasons = {
        name.partition(".")[2]: count
        for name, count in counters.items()
        if name.startswith("refused.")
    }
    rows = [
        ("pages", counters.get("pages", 0)),
        ("candidates", counters.get("candidates", 0)),
        ("problems", sum(count for _, count in kinds)),
        *((f"  {_words(kind)}", count) for kind, count in kinds),
        ("refused", sum(reasons.values())),
        *(
            (f"  {_words(reason)}", count)
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ),
    ]
    benchmarks = [stage.identity.inputs["benchmarks"] for stage in (corpus, found)]
    is_decontaminated = any(digests != NO_BENCHMARKS for digests in benchmarks)
    return "\n\n".join([table(rows), *([] if is_decontaminated else [_NOT_DECONTAMINATED])])


def _words(name: str) -> str:
    return name.replace("_", " ")


def sample_problems(found: Manifest, count: int, tree: OutputTree) -> str:
    """Return `count` problems as text to read, drawn by the hashes of their questions."""
    drawn = heapq.nsmallest(count, _rows(found, tree), key=lambda row: text_key(row["question"]))
    return "\n\n".join(_described(number, row) for number, row in enumerate(drawn, 1))


def _rows(found: Manifest, tree: OutputTree) -> Iterator[Mapping[str, Any]]:
    for output in found.parquet_in("problems"):
        yield from read_dicts(output, shards.PROBLEM.names, tree)


def _described(number: int, row: Mapping[str, Any]) -> str:
    question = "\n".join(printable(line) for line in row["question"].split("\n"))
    return (
        f"{number}. {_words(row['kind'])}, {printable(row['url'])}\n{question}\n"
        f"-> {printable(row['answer'])}"
    )
