"""Find the repeated lines of the collected pages of a crawl, and the copies that they hid."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.pvalue import AsSingleton, PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.manifest import Output, Part
from transforms.line_cleaning.find_copies import DIGESTED, find_copies, pack_by_digest
from transforms.line_cleaning.find_repeated import MIN_PAGES, count_lines, repeated_keys
from transforms.line_cleaning.remove_lines import remove_lines, repeated_lines
from transforms.storage.map_shards import MapShards, WorkOnShard
from transforms.storage.output_tree import OutputTree, in_round, read_rows
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.fingerprints import text_digest
from transforms.text.urls import url_key

FOLDER = "lines"
COPIES = "_copies.parquet"
_COLUMNS = ("id", "url", "host", "text", "text_digest", "fetched_at")


@dataclass(frozen=True)
class CleanedShard:
    """The Part of a shard's sidecar, and its pages: arrays of DIGESTED by partition."""

    part: Part
    digests: list[tuple[int, bytes]]


@dataclass
class CleanLines(beam.PTransform):
    """Write `lines/SHARD` for every shard, and `lines/_copies.parquet`.

    A line is repeated if a `share` of the pages of its host have it. `made_from` is the digest of
    the round whose number is `number`, and of the share.

    In:      shards, with the sidecar `collected` of the round.
    Out:     one Part for each shard, and that of the copies.
    """

    share: float
    number: int
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        number, tree = self.number, self.tree
        shuffled = items | "Reshuffle" >> beam.Reshuffle()
        hosts = (
            shuffled
            | "HostsOfShard" >> beam.FlatMap(count_hosts, number, tree)
            | "AddHosts" >> beam.CombinePerKey(sum)
            | "LargeHosts" >> beam.Filter(_is_large)
            | "CollectHosts" >> beam.combiners.ToList()
            | "AsDict" >> beam.Map(dict)
        )
        repeated = (
            shuffled
            | "LinesOfShard"
            >> beam.FlatMap(lines_of_shard, AsSingleton(hosts), self.share, number, tree)
            | "GroupLines" >> beam.GroupByKey()
            | "RepeatedLines" >> beam.FlatMap(repeated_keys)
            | "CollectLines" >> beam.combiners.ToList()
            | "AsSet" >> beam.Map(frozenset)
        )
        work = partial(clean_shard, number=number, made_from=self.made_from, tree=tree)
        cleaned = items | "Shards" >> MapShards("CleanShard", work, (AsSingleton(repeated),))
        write = WorkOnShard(partial(write_copies, made_from=self.made_from, tree=tree))
        copies = (
            cleaned
            | "DigestsOfShard" >> beam.FlatMap(_digests_of)
            | "GroupDigests" >> beam.GroupByKey()
            | "FindCopies" >> beam.FlatMap(find_copies)
            | "CollectCopies" >> beam.combiners.ToList()
            | "WriteCopies" >> beam.ParDo(write)
        )
        parts = cleaned | "PartOfShard" >> beam.Map(_part_of)
        return parts | "AllParts" >> beam.FlattenWith(copies)


class CollectedText(NamedTuple):
    """Some columns of a collected page; `fetched` is in milliseconds since 1970, 0 if unknown."""

    id: int
    url: str
    host: str
    text: str
    text_digest: str
    fetched: int


def count_hosts(shard: Shard, number: int, tree: OutputTree) -> Iterator[tuple[str, int]]:
    """Yield the hosts of the collected pages of a shard, with their numbers of pages."""
    with tree.open_parquet(shard.file("pages")) as parquet:
        rows = parquet.read(["id", "host"])
    collected = _collected(rows, shard, number, tree)
    yield from Counter(rows.column("host").filter(collected).to_pylist()).items()


def _is_large(host_and_pages: tuple[str, int]) -> bool:
    return host_and_pages[1] >= MIN_PAGES


def lines_of_shard(
    shard: Shard, hosts: Mapping[str, int], share: float, number: int, tree: OutputTree
) -> Iterator[tuple[int, bytes]]:
    """Yield the counts of the lines of a shard's collected pages: see `count_lines`."""
    pages = ((page.host, page.text) for page in _collected_texts(shard, number, tree))
    yield from count_lines(pages, hosts, share)


def clean_shard(
    shard: Shard, repeated: frozenset[int], number: int, made_from: str, tree: OutputTree
) -> CleanedShard:
    """Write `lines/SHARD`: the numbers of the repeated lines of each collected page.

    Counters: `cleaned_pages`, `repeated_lines`, and `repeated_characters` without line breaks.
    """
    path = f"{FOLDER}/{shard.name}"
    part = existing_part(shard.name, [path], tree, made_from)
    digested, counters = [], Counter[str]()
    removed: dict[int, list[int]] = {}
    for page in _collected_texts(shard, number, tree):
        numbers = repeated_lines(page.text, page.host, repeated) if repeated else []
        digest = page.text_digest
        if numbers:
            removed[page.id] = numbers
            cleaned = remove_lines(page.text, numbers)
            digest = text_digest(cleaned)
            counters["cleaned_pages"] += 1
            counters["repeated_lines"] += len(numbers)
            lines = page.text.split("\n")
            counters["repeated_characters"] += sum(len(lines[line]) for line in numbers)
        first, second = np.frombuffer(bytes.fromhex(digest), "<i8").tolist()
        length = len(url_key(page.url))
        digested.append((first, second, bool(numbers), length, page.fetched, page.id))
    if part is None:
        with tree.create(path) as local:
            with ShardWriter(local, shards.REPEATED_LINES, made_from) as sidecar:
                sidecar.counters.update(counters)
                for page_id, numbers in removed.items():
                    sidecar.add([page_id, numbers])
            part = sidecar.part(shard.name, path)
    return CleanedShard(part, list(pack_by_digest(np.array(digested, DIGESTED))))


def write_copies(copies: Sequence[tuple[int, int]], made_from: str, tree: OutputTree) -> Part:
    """Write `lines/_copies.parquet`: pages that equal another one without their repeated lines."""
    path = f"{FOLDER}/{COPIES}"
    with tree.create(path) as local:
        with ShardWriter(local, shards.CLEANED_COPY, made_from) as writer:
            writer.counters["copies_without_lines"] = len(copies)
            for pair in sorted(copies):
                writer.add(pair)
        return writer.part(COPIES, path)


def repeated_lines_of(shard: Shard, tree: OutputTree) -> dict[int, list[int]]:
    """Return the numbers of the repeated lines of a shard's pages, by id; pages without are not."""
    table = tree.read_table(shard.file(FOLDER), ["id", "lines"])
    return dict(zip(table["id"].to_pylist(), table["lines"].to_pylist(), strict=True))


def ids_of_copies(file: Output, tree: OutputTree) -> frozenset[int]:
    """Return the ids of pages that equal another one without their repeated lines."""
    return frozenset(tree.read_table(file, ["id"])["id"].to_pylist())


def _collected_texts(shard: Shard, number: int, tree: OutputTree) -> Iterator[CollectedText]:
    with tree.open_parquet(shard.file("pages")) as parquet:
        numbers = np.flatnonzero(_collected(parquet.read(["id"]), shard, number, tree))
        for *columns, fetched_at in read_rows(parquet, numbers, _COLUMNS):
            milliseconds = round(fetched_at.timestamp() * 1000) if fetched_at else 0
            yield CollectedText._make([*columns, milliseconds])


def _collected(rows: pa.Table, shard: Shard, number: int, tree: OutputTree) -> NDArray[np.bool_]:
    sidecar = shard.file(in_round(number, "collected"))
    collected: NDArray[np.bool_] = tree.read_sidecar(rows, sidecar, "collected").to_numpy()
    return collected


def _digests_of(cleaned: CleanedShard) -> list[tuple[int, bytes]]:
    return cleaned.digests


def _part_of(cleaned: CleanedShard) -> Part:
    return cleaned.part
