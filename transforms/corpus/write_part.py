"""Write one file of the corpus, collected pages without benchmark text, and what was found."""

import json
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import AsSingleton, PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.manifest import Output, Part
from schemas.records import UNREADABLE_FORMULA
from schemas.settings import Decontamination
from transforms.corpus.count_tokens import ESTIMATE, token_counter
from transforms.corpus.sort_rows import Row, sort_rows
from transforms.decontamination.clean import CleanText, decontaminate
from transforms.decontamination.count_hosts import CountHosts, load_hosts
from transforms.decontamination.evidence import evidence_rows
from transforms.decontamination.index_file import load_index
from transforms.decontamination.match import HostCounts
from transforms.judging.calibration import Calibration
from transforms.line_cleaning.clean_shards import ids_of_copies, repeated_lines_of
from transforms.line_cleaning.remove_lines import remove_lines
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, read_rows
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import FileLayout, ShardWriter, existing_part
from transforms.text.fingerprints import count_formulas, formula_share, text_digest

# With an index of pages, readers find rows within a row group; with chunks that depend on content
# alone, a new version of the corpus shares most of its bytes with the last one in a store that
# deduplicates chunks, such as that of Hugging Face.
_LAYOUT = FileLayout(
    group_bytes=16 << 20,  # about 5 MB compressed
    options={
        "compression": "zstd",
        "compression_level": 3,
        "write_page_index": True,
        "use_content_defined_chunking": True,
    },
)
_ADDED = {"score", "probability", "formula_share", "copies", "round", "benchmark_items"}
_PAGE_COLUMNS = [name for name in shards.CORPUS.names if name not in _ADDED]
NOT_WRITTEN = ("emptied_pages", "copies_without_lines")  # counters of collected pages


@dataclass(frozen=True)
class CorpusPart:
    """The name of a file of the corpus, and the shards whose pages go into it.

    The collected pages of a single large shard are divided, in order, into `pieces` of about equal
    size, one for each of as many files; `piece` is the number of this one, from 0.
    """

    name: str
    shards: tuple[Shard, ...]
    piece: int = 0
    pieces: int = 1

    @classmethod
    def from_json(cls, text: str) -> "CorpusPart":
        """Parse a line that `write_items` wrote."""
        fields = json.loads(text)
        return cls(**fields | {"shards": tuple(map(Shard.from_fields, fields["shards"]))})


@dataclass(frozen=True)
class Writing:
    """What all files of a corpus have in common.

    `index` is the file of the benchmark n-grams, `tokenizer` that of the tokenizer, if tokens are
    counted. `calibration` turns the scores of the last round into probabilities. `line_copies` is
    the file of pages that equal others without their repeated lines, if such lines are removed.
    """

    last_round: int
    index: Output
    decontamination: Decontamination
    calibration: Calibration
    tokenizer: Output | None = None
    line_copies: Output | None = None


@dataclass
class WriteCorpus(beam.PTransform):
    """Write the files of the corpus.

    The pages are read twice: on how many hosts an n-gram of a benchmark occurs, which is a side
    input of the second step, decides what it is worth as evidence.

    In:      CorpusPart: a file and the shards that its pages come from.
    Out:     one Part for each: see `write_part`.
    """

    writing: Writing
    tree: OutputTree

    def expand(self, parts: PCollection[CorpusPart]) -> PCollection[Part]:
        read = partial(_hosts_and_texts, writing=self.writing, tree=self.tree)
        hosts = parts | "Hosts" >> CountHosts(read, self.writing.index, self.tree)
        work = partial(write_part, writing=self.writing, tree=self.tree)
        return parts | "Files" >> MapShards("WriteCorpusPart", work, (AsSingleton(hosts),))


def _hosts_and_texts(
    part: CorpusPart, writing: Writing, tree: OutputTree
) -> Iterator[tuple[str, str]]:
    """Yield host and text of the pages of a file; none if hosts do not matter."""
    if writing.index.rows and writing.decontamination.rule == "evidence":
        for shard in part.shards:
            for row in _collected_rows(shard, part, writing.last_round, tree):
                yield row["host"], row["text"]


def write_part(part: CorpusPart, hosts: Output, writing: Writing, tree: OutputTree) -> Part:
    """Write `corpus/NAME`: pages that the last round collected, without contaminated lines.

    `contamination/NAME` has what was found in them: see `evidence_rows`. `hosts` is the file that
    `CountHosts` wrote.

    Rows are sorted by domain and URL, which compresses best. In the metadata of the schema,
    `fitted_to` says what the probabilities were fitted to, and `tokens_by` what counted the tokens.
    Counters: `collected` pages, of which `pages` are written, their `tokens`, `formulas`,
    `text_bytes` and pages by `language.CODE`; `repeated_lines` that were removed, and pages that
    are `copies_without_lines`; `contaminated_pages`, `contaminated_segments` (lines removed) and
    `contaminated_items` (benchmark items found, each once a page); `emptied_pages`, of which no
    other line is left.
    """
    paths = [f"contamination/{part.name}", f"corpus/{part.name}"]
    if existing := existing_part(part.name, paths, tree):
        return existing
    schema = _schema(writing)
    with tree.create(paths[1]) as corpus_file, tree.create(paths[0]) as found_file:
        with (
            ShardWriter(found_file, shards.CONTAMINATION) as found,
            ShardWriter(corpus_file, schema, layout=_LAYOUT) as corpus,
        ):
            clean = _clean_rows(
                part, writing, load_hosts(hosts, tree), found, corpus.counters, tree
            )
            for row in sort_rows(clean, _domain_url_id, schema):
                corpus.add([row[name] for name in schema.names], len(row["text"]))
                _count(row, corpus.counters)
            corpus.counters["pages"] = corpus.rows
        outputs = [found.output(paths[0]), corpus.output(paths[1])]
        return Part(name=part.name, outputs=outputs, counters=dict(corpus.counters))


def _schema(writing: Writing) -> pa.Schema:
    tokens_by = writing.tokenizer.sha256 if writing.tokenizer else ESTIMATE
    facts = {"fitted_to": writing.calibration.fitted_to, "tokens_by": tokens_by}
    return shards.CORPUS.with_metadata(
        shards.CORPUS.metadata | {key.encode(): value.encode() for key, value in facts.items()}
    )


def _clean_rows(
    part: CorpusPart,
    writing: Writing,
    hosts: HostCounts,
    found: ShardWriter,
    counters: Counter[str],
    tree: OutputTree,
) -> Iterator[Row]:
    """Yield the rows of a file in order of their shards, and add the evidence to `found`."""
    index, count_tokens = load_index(writing.index, tree), token_counter(writing.tokenizer, tree)
    counters.update(collected=0, tokens=0, formulas=0, text_bytes=0)
    copies = ids_of_copies(writing.line_copies, tree) if writing.line_copies else frozenset()
    for shard in part.shards:
        repeated = repeated_lines_of(shard, tree) if writing.line_copies else {}
        for row in _collected_rows(shard, part, writing.last_round, tree):
            counters["collected"] += 1
            unique = _without_repeated(row, repeated.get(row["id"], ()), copies, counters)
            if unique is None:
                continue
            text = decontaminate(unique["text"], index, writing.decontamination, hosts)
            if clean := _without_benchmarks(unique, text, found, counters):
                yield clean | {
                    "tokens": count_tokens(clean["text"]),
                    "formula_share": formula_share(clean["text"]),
                    "probability": writing.calibration.probability(row["score"]),
                }


def _collected_rows(
    shard: Shard, part: CorpusPart, last_round: int, tree: OutputTree
) -> Iterator[Row]:
    """Yield the collected pages of a shard that belong to a file."""
    with tree.open_parquet(shard.file("pages")) as parquet:
        pages = parquet.read(["id", "tokens"])

        def read_sidecar(folder: str, column: str) -> pa.ChunkedArray:
            return tree.read_sidecar(pages, shard.file(folder), column)

        scores = read_sidecar(in_round(last_round, "scores"), "score").to_pylist()
        copies = read_sidecar("dedup", "copies").to_pylist()
        collected = np.stack(
            [
                read_sidecar(in_round(number, "collected"), "collected").to_numpy()
                for number in range(1, last_round + 1)
            ]
        )
        first_round = 1 + collected.argmax(axis=0)
        tokens = pages.column("tokens").to_numpy()
        numbers = np.flatnonzero(rows_of_piece(collected[-1], tokens, part))
        rows = read_rows(parquet, numbers, _PAGE_COLUMNS)
        for number, row in zip(numbers.tolist(), rows, strict=True):
            yield dict(zip(_PAGE_COLUMNS, row, strict=True)) | {
                "score": scores[number],
                "copies": copies[number],
                "round": int(first_round[number]),
            }


def rows_of_piece(
    collected: NDArray[np.bool_], tokens: NDArray[np.int32], part: CorpusPart
) -> NDArray[np.bool_]:
    """Return which rows of a shard belong to a file: the collected ones, or a piece of them."""
    sizes = np.where(collected, tokens.astype(np.int64), 0)
    before = np.cumsum(sizes) - sizes
    piece = np.minimum(before * part.pieces // max(1, int(sizes.sum())), part.pieces - 1)
    wanted: NDArray[np.bool_] = collected & (piece == part.piece)
    return wanted


def _without_repeated(
    row: Row, lines: Sequence[int], copies: Container[int], counters: Counter[str]
) -> Row | None:
    """Return the page without its repeated lines, or None if it is a copy then, or empty."""
    if lines:
        counters["repeated_lines"] += len(lines)
    if row["id"] in copies:
        counters["copies_without_lines"] += 1
        return None
    return _with_text(row, remove_lines(row["text"], lines), counters) if lines else row


def _without_benchmarks(
    row: Row, clean: CleanText, found: ShardWriter, counters: Counter[str]
) -> Row | None:
    """Return the page with the text that is left of it, or None if none is; add the evidence."""
    row = row | {"benchmark_items": clean.items}
    if not clean.evidence:
        return row
    for evidence in evidence_rows(clean):
        found.add([row["id"], row["url"], *evidence.values()])
    counters["contaminated_pages"] += 1
    counters["contaminated_items"] += len(clean.items)
    counters["contaminated_segments"] += len(clean.removed)
    return _with_text(row, clean.text, counters) if clean.removed else row


def _with_text(row: Row, text: str, counters: Counter[str]) -> Row | None:
    """Return the page with another text, or None if that is empty."""
    if not text.strip():
        counters["emptied_pages"] += 1
        return None
    return row | {
        "text": text,
        "formulas": count_formulas(text),
        "formulas_lost": text.count(UNREADABLE_FORMULA),
        "text_digest": text_digest(text),
    }


def _count(row: Row, counters: Counter[str]) -> None:
    """Add a row that is written to the counters."""
    for name in ("tokens", "formulas"):
        counters[name] += row[name]
    counters["text_bytes"] += len(row["text"].encode())
    counters[f"language.{row['language']}"] += 1


def _domain_url_id(row: Row) -> tuple[str, str, int]:
    return row["domain"], row["url"], row["id"]
