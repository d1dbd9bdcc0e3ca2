"""Find the collected pages that are copies, by URL and by text, and the best of each group."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Part
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree, dedup, in_round, pages
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.urls import url_key

_COLUMNS = ("id", "url", "url_hash", "text_digest", "formulas", "tokens", "fetched_at")
_NEVER = datetime.max.replace(tzinfo=UTC)

Place = tuple[str, int]  # shard and id of a page
Quality = tuple[int, int, int, datetime, int]


@dataclass(frozen=True, slots=True)
class Copy:
    """A page that may be a copy: its position, what it is compared by, and the copies it outdid.

    `quality` is least for the best: most formulas, longest text, shortest canonical URL (previews
    and mirrors have longer ones), oldest, smallest id.
    """

    place: Place
    url_hash: int
    text_digest: str
    quality: Quality
    outdid: tuple[Place, ...] = ()


@dataclass
class FindDuplicates(beam.PTransform):
    """Write `dedup/SHARD` for every shard: the id that each page is a duplicate of, if any.

    Of the pages that round `number` collected, those with one canonical URL are copies, and then
    those with one text. The best of a group is kept, whatever their order.

    In:      names of shards.
    Out:     one Part for each, with the counter `duplicates`.
    """

    number: int
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[Part]:
        best = (
            names
            | "Reshuffle" >> beam.Reshuffle()
            | "CollectedCopies" >> beam.FlatMap(collected_copies, self.number, self.tree)
            | "KeyByUrl" >> beam.WithKeys(_url_hash)
            | "BestOfUrl" >> beam.CombinePerKey(best_of)
            | "DropUrl" >> beam.Values()
            | "KeyByText" >> beam.WithKeys(_text_digest)
            | "BestOfText" >> beam.CombinePerKey(best_of)
            | "DropText" >> beam.Values()
        )
        shards_and_losers = {
            "shard": names | "KeyShards" >> beam.Map(_keyed),
            "losers": best | "LosersByShard" >> beam.FlatMap(_losers),
        }
        groups = shards_and_losers | "GroupByShard" >> beam.CoGroupByKey()
        write = WorkOnShard(partial(_write, tree=self.tree))
        return groups | "WriteDuplicates" >> beam.ParDo(write)


def collected_copies(shard: str, number: int, tree: OutputTree) -> Iterator[Copy]:
    """Yield the pages of a shard that round `number` collected."""
    rows = tree.read_table(pages(shard), _COLUMNS)
    collected = tree.read_sidecar(rows, in_round(number, "collected", shard), "collected")
    for row, is_collected in zip(rows.to_pylist(), collected.to_pylist(), strict=True):
        if is_collected:
            yield Copy((shard, row["id"]), row["url_hash"], row["text_digest"], _quality_of(row))


def _quality_of(row: Mapping[str, Any]) -> Quality:
    size = -row["formulas"], -row["tokens"], len(url_key(row["url"]))
    return *size, row["fetched_at"] or _NEVER, row["id"]


def best_of(copies: Iterable[Copy]) -> Copy:
    """Return the best of some copies, with all the others, and those they outdid, in `outdid`.

    Associative and commutative, so that copies may be combined in any order and any grouping.
    """
    copies = list(copies)
    best = min(copies, key=_quality)
    outdid = {place for copy in copies for place in (copy.place, *copy.outdid)} - {best.place}
    return replace(best, outdid=tuple(sorted(outdid)))


def _quality(copy: Copy) -> Quality:
    return copy.quality


def _url_hash(copy: Copy) -> int:
    return copy.url_hash


def _text_digest(copy: Copy) -> str:
    return copy.text_digest


def _keyed(name: str) -> tuple[str, None]:
    return name, None


def _losers(best: Copy) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield, keyed by shard, the id of each page that `best` outdid, and the best's."""
    for shard, loser in best.outdid:
        yield shard, (loser, best.place[1])


def _write(shard_and_groups: tuple[str, Mapping[str, Iterable[Any]]], tree: OutputTree) -> Part:
    shard, groups = shard_and_groups
    path = dedup(shard)
    if existing := existing_part(shard, [path], tree):
        return existing
    duplicate_of = dict(groups["losers"])
    with tree.create(path) as local:
        with ShardWriter(local, shards.DUPLICATE) as sidecar:
            for page in tree.read_table(pages(shard), ["id"]).column("id").to_pylist():
                sidecar.add((page, duplicate_of.get(page)))
            sidecar.counters["duplicates"] = len(duplicate_of)
        return sidecar.part(shard, path)
