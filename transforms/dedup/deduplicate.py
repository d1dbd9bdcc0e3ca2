"""Find the collected pages that are copies, by URL and by text, and the best of each group."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Output, Part
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree, dedup, in_round
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.urls import url_key

_COLUMNS = ("id", "url", "url_hash", "text_digest", "formulas", "tokens", "fetched_at")
_NEVER = datetime.max.replace(tzinfo=UTC)

PageRef = tuple[str, int]  # shard and id of a page
Quality = tuple[int, int, int, datetime, int]


@dataclass(frozen=True, slots=True)
class Copy:
    """A page that may be a copy: what it is compared by, and the worse copies found so far.

    `quality` is least for the best copy: most formulas, longest text, shortest canonical URL
    (previews and mirrors have longer ones), oldest, smallest id.
    """

    page: PageRef
    url_hash: int
    text_digest: str
    quality: Quality
    duplicates: tuple[PageRef, ...] = ()


@dataclass
class FindDuplicates(beam.PTransform):
    """Write `dedup/SHARD` for every shard: the id that each page is a duplicate of, if any.

    Of the pages that round `number` collected, those with one canonical URL are copies, and then
    those with one text. The best of a group is kept, whatever their order. `made_from` is the
    digest of that round.

    In:      shards, with the round's sidecar `collected`.
    Out:     one Part for each, with the counter `duplicates`.
    """

    number: int
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        best = (
            items
            | "Reshuffle" >> beam.Reshuffle()
            | "CollectedCopies" >> beam.FlatMap(collected_copies, self.number, self.tree)
            | "KeyByUrl" >> beam.WithKeys(_url_hash)
            | "BestOfUrl" >> beam.CombinePerKey(best_of)
            | "DropUrl" >> beam.Values()
            | "KeyByText" >> beam.WithKeys(_text_digest)
            | "BestOfText" >> beam.CombinePerKey(best_of)
            | "DropText" >> beam.Values()
        )
        collected = in_round(self.number, "collected")
        shards_and_duplicates = {
            "sidecar": items | "KeyShards" >> beam.Map(_keyed, collected),
            "duplicates": best | "DuplicatesByShard" >> beam.FlatMap(_duplicates_by_shard),
        }
        groups = shards_and_duplicates | "GroupByShard" >> beam.CoGroupByKey()
        write = WorkOnShard(partial(_write, made_from=self.made_from, tree=self.tree))
        return groups | "WriteDuplicates" >> beam.ParDo(write)


def collected_copies(shard: Shard, number: int, tree: OutputTree) -> Iterator[Copy]:
    """Yield the pages of a shard that round `number` collected."""
    rows = tree.read_table(shard.file("pages"), _COLUMNS)
    collected = tree.read_sidecar(rows, shard.file(in_round(number, "collected")), "collected")
    for row, is_collected in zip(rows.to_pylist(), collected.to_pylist(), strict=True):
        if is_collected:
            yield Copy(
                (shard.name, row["id"]), row["url_hash"], row["text_digest"], _quality_of(row)
            )


def _quality_of(row: Mapping[str, Any]) -> Quality:
    size = -row["formulas"], -row["tokens"], len(url_key(row["url"]))
    return *size, row["fetched_at"] or _NEVER, row["id"]


def best_of(copies: Iterable[Copy]) -> Copy:
    """Return the best of `copies`; its `duplicates` are the others and all of their duplicates.

    Associative and commutative, so that copies may be combined in any order and any grouping.
    """
    copies = list(copies)
    best = min(copies, key=_quality)
    duplicates = {page for copy in copies for page in (copy.page, *copy.duplicates)} - {best.page}
    return replace(best, duplicates=tuple(sorted(duplicates)))


def _quality(copy: Copy) -> Quality:
    return copy.quality


def _url_hash(copy: Copy) -> int:
    return copy.url_hash


def _text_digest(copy: Copy) -> str:
    return copy.text_digest


def _keyed(shard: Shard, folder: str) -> tuple[str, Output]:
    return shard.name, shard.file(folder)


def _duplicates_by_shard(best: Copy) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield, keyed by shard, the id of each duplicate of `best`, and the id of `best`."""
    for shard, duplicate in best.duplicates:
        yield shard, (duplicate, best.page[1])


def _write(
    shard_and_groups: tuple[str, Mapping[str, Iterable[Any]]], made_from: str, tree: OutputTree
) -> Part:
    shard, groups = shard_and_groups
    path = dedup(shard)
    if existing := existing_part(shard, [path], tree, made_from):
        return existing
    duplicate_of = dict(groups["duplicates"])
    [sidecar] = groups["sidecar"]
    ids = tree.read_table(sidecar, ["id"]).column("id")
    with tree.create(path) as local:
        with ShardWriter(local, shards.DUPLICATE, made_from) as writer:
            for page_id in ids.to_pylist():
                writer.add((page_id, duplicate_of.get(page_id)))
            writer.counters["duplicates"] = len(duplicate_of)
        return writer.part(shard, path)
