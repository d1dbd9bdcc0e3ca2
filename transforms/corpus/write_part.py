"""Write one file of the corpus: collected pages without benchmark text."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Output, Part
from schemas.records import UNREADABLE_FORMULA
from transforms.decontamination.index import NgramIndex, load_index
from transforms.decontamination.match import remove_contaminated
from transforms.judging.calibration import Calibration
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, read_batches
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.fingerprints import count_formulas, estimate_tokens, text_digest

_PAGE_COLUMNS = [
    name for name in shards.CORPUS.names if name not in ("score", "probability", "round")
]


@dataclass(frozen=True)
class CorpusPart:
    """The name of a file of the corpus, and the shards whose pages go into it."""

    name: str
    shards: tuple[Shard, ...]

    @classmethod
    def from_json(cls, text: str) -> "CorpusPart":
        """Parse a line that `write_items` wrote."""
        fields = json.loads(text)
        return cls(fields["name"], tuple(map(Shard.from_fields, fields["shards"])))


@dataclass
class WriteCorpus(beam.PTransform):
    """Write the files of the corpus; `index` is the file of the benchmark n-grams.

    `calibration` turns the scores of the last round into probabilities.

    In:      CorpusPart: a file and the shards that its pages come from.
    Out:     one Part for each: see `write_part`.
    """

    last_round: int
    index: Output
    calibration: Calibration
    tree: OutputTree

    def expand(self, parts: PCollection[CorpusPart]) -> PCollection[Part]:
        work = partial(
            write_part,
            last_round=self.last_round,
            index_file=self.index,
            calibration=self.calibration,
            tree=self.tree,
        )
        return parts | "Files" >> MapShards("WriteCorpusPart", work)


def write_part(
    part: CorpusPart,
    last_round: int,
    index_file: Output,
    calibration: Calibration,
    tree: OutputTree,
) -> Part:
    """Write `corpus/NAME`: pages that the last round collected, without contaminated lines.

    `fitted_to` in the metadata of the schema says what the probabilities were fitted to. Rows are
    sorted by domain and URL, which compresses best. Counters: `pages`, `tokens`, and those of
    decontamination: `contaminated_pages`, `contaminated_segments` (lines removed) and
    `emptied_pages`. `index_file` is the return value of `save_index`.
    """
    path = f"corpus/{part.name}"
    if existing := existing_part(part.name, [path], tree):
        return existing
    index = load_index(index_file, tree)
    with tree.create(path) as local:
        with ShardWriter(local, _schema(calibration)) as corpus:
            rows: list[dict[str, Any]] = []
            for shard in part.shards:
                for row in _collected_rows(shard, last_round, tree):
                    if clean := _decontaminated(row, index, corpus.counters):
                        probability = calibration.probability(row["score"])
                        rows.append(clean | {"probability": probability})
            for row in sorted(rows, key=_domain_url_id):
                corpus.add([row[name] for name in shards.CORPUS.names], len(row["text"]))
            corpus.counters["pages"] = len(rows)
            corpus.counters["tokens"] = sum(row["tokens"] for row in rows)
        return corpus.part(part.name, path)


def _schema(calibration: Calibration) -> pa.Schema:
    return shards.CORPUS.with_metadata(
        shards.CORPUS.metadata | {b"fitted_to": calibration.fitted_to.encode()}
    )


def _collected_rows(shard: Shard, last_round: int, tree: OutputTree) -> Iterator[dict[str, Any]]:
    """Yield the collected pages of a shard."""
    with tree.open_parquet(shard.file("pages")) as parquet:
        ids = parquet.read(["id"])

        def read_sidecar(folder: str, column: str) -> list[Any]:
            values: list[Any] = tree.read_sidecar(ids, shard.file(folder), column).to_pylist()
            return values

        rounds = range(1, last_round + 1)
        sidecars = zip(
            read_sidecar(in_round(last_round, "scores"), "score"),
            *(read_sidecar(in_round(number, "collected"), "collected") for number in rounds),
            strict=True,
        )
        for batch in read_batches(parquet, _PAGE_COLUMNS):
            for row in batch.to_pylist():
                score, *collected = next(sidecars)
                if collected[-1]:
                    first_round = 1 + collected.index(True)
                    yield row | {"score": score, "round": first_round}


def _decontaminated(
    row: dict[str, Any], index: NgramIndex, counters: Counter[str]
) -> dict[str, Any] | None:
    """Return the page without contaminated lines, or None if no text is left."""
    text, segments = remove_contaminated(row["text"], index)
    if not segments:
        return row
    counters["contaminated_pages"] += 1
    counters["contaminated_segments"] += segments
    if not text.strip():
        counters["emptied_pages"] += 1
        return None
    return row | {
        "text": text,
        "tokens": estimate_tokens(text),
        "formulas": count_formulas(text),
        "formulas_lost": text.count(UNREADABLE_FORMULA),
        "text_digest": text_digest(text),
    }


def _domain_url_id(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["domain"], row["url"], row["id"]
