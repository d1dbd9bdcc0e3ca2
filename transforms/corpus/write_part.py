"""Write one file of the corpus: the chosen pages of some shards, without what benchmarks hold."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas import shards
from schemas.manifest import Part
from transforms.decontamination.decontaminate import NgramIndex, remove_contaminated
from transforms.storage.output_tree import OutputTree, dedup, in_round, pages
from transforms.storage.shard_writer import ShardWriter, standing_part
from transforms.text.fingerprints import count_formulas, estimate_tokens, text_digest

_INDEX = "decontamination/ngrams.parquet"
_FROM_PAGES = [name for name in shards.CORPUS.names if name not in ("score", "round")]


@dataclass(frozen=True)
class CorpusPart:
    """A file of the corpus, by name, and the shards that its pages come from."""

    name: str
    shards: tuple[str, ...]


def write_part(part: CorpusPart, last_round: int, index_digest: str, tree: OutputTree) -> Part:
    """Write `corpus/NAME`: what the last round collected, but for copies and contamination.

    Sorted by domain and URL, which compresses best. Counters: `pages`, `tokens`, `duplicates`,
    and what decontamination took: `contaminated_pages`, `contaminated_segments`, `emptied_pages`.
    """
    path = f"corpus/{part.name}"
    if standing := standing_part(part.name, [path], tree):
        return standing
    index = _load_index(index_digest, tree)
    with tree.create(path) as local:
        with ShardWriter(local, shards.CORPUS) as corpus:
            chosen: list[dict[str, Any]] = []
            for shard in part.shards:
                for row, is_copy in _collected_rows(shard, last_round, tree):
                    corpus.counters["duplicates"] += is_copy
                    if not is_copy and (clean := _decontaminated(row, index, corpus.counters)):
                        chosen.append(clean)
            for row in sorted(chosen, key=_domain_url_id):
                corpus.add([row[name] for name in shards.CORPUS.names], len(row["text"]))
            corpus.counters["pages"] = len(chosen)
            corpus.counters["tokens"] = sum(row["tokens"] for row in chosen)
        return corpus.part(part.name, path)


def save_index(index: NgramIndex, tree: OutputTree) -> str:
    """Write an index of benchmark n-grams for the workers; return its digest."""
    hashes = [pa.array(one, pa.uint64()) for one in index.by_length.values()]
    table = pa.table(
        {
            "length": np.repeat(list(index.by_length), [len(one) for one in hashes]),
            "hash": pa.chunked_array(hashes, pa.uint64()),
        }
    )
    with tree.create(_INDEX) as local:
        pq.write_table(table, local)
        return hashlib.sha256(local.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def _load_index(digest: str, tree: OutputTree) -> NgramIndex:
    """Read the index once for each worker; `digest` tells it from that of another run."""
    table = tree.read_table(_INDEX, ["length", "hash"])
    lengths, hashes = table.column("length").to_numpy(), table.column("hash").to_numpy()
    return NgramIndex({int(one): hashes[lengths == one] for one in np.unique(lengths)})


def _collected_rows(
    shard: str, last_round: int, tree: OutputTree
) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the collected pages of a shard, and whether each is a copy of another."""
    ids = tree.read_table(pages(shard), ["id"])

    def beside(sidecar: str, column: str) -> list[Any]:
        values: list[Any] = tree.read_beside(ids, sidecar, column).to_pylist()
        return values

    rounds = range(1, last_round + 1)
    sidecars = zip(
        beside(in_round(last_round, "scores", shard), "score"),
        beside(dedup(shard), "duplicate_of"),
        *(beside(in_round(number, "collected", shard), "collected") for number in rounds),
        strict=True,
    )
    for batch in tree.read_batches(pages(shard), _FROM_PAGES):
        for row in batch.to_pylist():
            score, duplicate_of, *collected = next(sidecars)
            if collected[-1]:
                found_in = 1 + collected.index(True)
                yield row | {"score": score, "round": found_in}, duplicate_of is not None


def _decontaminated(
    row: dict[str, Any], index: NgramIndex, counters: Counter[str]
) -> dict[str, Any] | None:
    """Return the page without contaminated segments; None if nothing is left of it."""
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
        "text_digest": text_digest(text),
    }


def _domain_url_id(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["domain"], row["url"], row["id"]
