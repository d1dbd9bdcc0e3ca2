"""Write the problems of every file of the corpus, each problem once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Output, Part
from schemas.settings import Decontamination
from transforms.decontamination.clean import decontaminate
from transforms.decontamination.index_file import load_index
from transforms.problems.find import Check, find_problems
from transforms.problems.question_key import text_key
from transforms.storage.map_shards import MapShards, WorkOnShard
from transforms.storage.output_tree import OutputTree, read_batches
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part

FOUND = "problems/_found"  # folder of the problems before copies are removed
_COLUMNS = ["id", "url", "text"]

Place = tuple[int, str, int]  # hash of the answer, name of the file, row
Drop = tuple[int, str]  # row, reason


@dataclass(frozen=True)
class FoundProblems:
    """The problems of a file: the Part that was written, and hashes of questions and answers."""

    part: Part
    keys: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Finding:
    """What decides which problems of a page are found.

    `check` says why an answer cannot be verified. `index` is the file of the n-grams of benchmarks,
    None without any; `is_marked`: pages with benchmark text were not cleaned, so none of their
    problems counts. `made_from` is the digest of the corpus and of these.
    """

    check: Check
    index: Output | None
    is_marked: bool
    made_from: str


@dataclass
class WriteProblems(beam.PTransform):
    """Write `problems/NAME` for each file of the corpus.

    In:      Shard: a file of the corpus, in the folder `corpus`.
    Out:     one Part for each: see `write_problems`. Only hashes and rows are shuffled.
    """

    finding: Finding
    tree: OutputTree

    def expand(self, files: PCollection[Shard]) -> PCollection[Part]:
        find = partial(find_in_file, finding=self.finding, tree=self.tree)
        found = files | "Find" >> MapShards("FindProblems", find)
        drops = (
            found
            | "Keys" >> beam.FlatMap(keys_of)
            | "GroupQuestions" >> beam.GroupByKey()
            | "ChooseCopies" >> beam.FlatMap(drops_of_question)
        )
        write = partial(write_problems, made_from=self.finding.made_from, tree=self.tree)
        return (
            {"found": found | "KeyFiles" >> beam.Map(_by_name), "drops": drops}
            | "GroupDrops" >> beam.CoGroupByKey()
            | "Write" >> beam.ParDo(WorkOnShard(write))
        )


def find_in_file(file: Shard, finding: Finding, tree: OutputTree) -> FoundProblems:
    """Write the problems of one file of the corpus, copies included.

    Counters: `pages`, and those of `find_problems`.
    """
    path, made_from = f"{FOUND}/{file.name}", finding.made_from
    existing = existing_part(file.name, [path], tree, made_from)
    if existing is None:
        columns = [*_COLUMNS, *(["benchmark_items"] if finding.is_marked else [])]
        with tree.create(path) as local:
            with ShardWriter(local, shards.PROBLEM, made_from) as writer:
                for row in read_dicts(file.file("corpus"), columns, tree):
                    _add_problems(row, _checks(row, finding, tree), writer)
            existing = writer.part(file.name, path)
    table = tree.read_table(existing.outputs[0], ["question", "answer"])
    pairs = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return FoundProblems(existing, tuple((text_key(q), text_key(a)) for q, a in pairs))


def _checks(row: Mapping[str, Any], finding: Finding, tree: OutputTree) -> tuple[Check, ...]:
    """Return the checks of the problems of a page, the cheapest first."""
    if row.get("benchmark_items"):
        return (_is_marked,)
    if finding.index is None:
        return (finding.check,)
    return partial(_contamination, index=finding.index, tree=tree), finding.check


def _is_marked(question: str, answer: str) -> str:
    return "contaminated"


def read_dicts(file: Output, columns: Sequence[str], tree: OutputTree) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, of which a batch is in memory at a time."""
    with tree.open_parquet(file) as parquet:
        for batch in read_batches(parquet, columns):
            yield from batch.to_pylist()


def _add_problems(row: Mapping[str, Any], checks: tuple[Check, ...], writer: ShardWriter) -> None:
    writer.counters["pages"] += 1
    for problem in find_problems(row["text"], checks, writer.counters):
        values = (problem.question, problem.answer, problem.solution, problem.kind)
        size = len(problem.question) + len(problem.solution)
        writer.add([*values, row["url"], row["id"]], size)


def _contamination(question: str, answer: str, index: Output, tree: OutputTree) -> str:
    """Return why a question is refused: it has text of a benchmark."""
    clean = decontaminate(question, load_index(index, tree), Decontamination())
    return "contaminated" if clean.evidence else ""


def keys_of(found: FoundProblems) -> Iterator[tuple[int, Place]]:
    """Yield the hash of each question, and its place."""
    for row, (question, answer) in enumerate(found.keys):
        yield question, (answer, found.part.name, row)


def drops_of_question(key_and_places: tuple[int, Iterable[Place]]) -> Iterator[tuple[str, Drop]]:
    """Yield by file the rows to leave out of those with one question.

    The first stays if all have the same answer. If not, the question lacks what it is about, or an
    answer is wrong, and none stays.

    >>> list(drops_of_question((1, [(5, "b", 0), (5, "a", 7)])))
    [('b', (0, 'duplicate'))]
    >>> list(drops_of_question((1, [(5, "b", 0), (6, "a", 7)])))
    [('a', (7, 'contradicted')), ('b', (0, 'contradicted'))]
    """
    places = sorted(key_and_places[1], key=lambda place: place[1:])
    if len({answer for answer, _, _ in places}) > 1:
        yield from ((name, (row, "contradicted")) for _, name, row in places)
    else:
        yield from ((name, (row, "duplicate")) for _, name, row in places[1:])


def _by_name(found: FoundProblems) -> tuple[str, Part]:
    return found.part.name, found.part


def write_problems(
    name_and_inputs: tuple[str, Mapping[str, Iterable[Any]]], made_from: str, tree: OutputTree
) -> Part:
    """Write `problems/NAME`: the problems that were found in a file, without copies.

    Counters: those of `find_in_file`, `problems.KIND`, `refused.duplicate` and
    `refused.contradicted`.
    """
    name, inputs = name_and_inputs
    path = f"problems/{name}"
    if existing := existing_part(name, [path], tree, made_from):
        return existing
    [found] = inputs["found"]
    drops: dict[int, str] = dict(inputs["drops"])
    with tree.create(path) as local:
        with ShardWriter(local, shards.PROBLEM, made_from) as writer:
            writer.counters.update(found.counters)
            for number, row in enumerate(read_dicts(found.outputs[0], shards.PROBLEM.names, tree)):
                if number in drops:
                    writer.counters[f"refused.{drops[number]}"] += 1
                    continue
                writer.counters[f"problems.{row['kind']}"] += 1
                writer.add(list(row.values()), len(row["question"]) + len(row["solution"]))
        return writer.part(name, path)
