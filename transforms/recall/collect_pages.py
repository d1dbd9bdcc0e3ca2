"""Collect the pages of a round, and find its mathematical domains and URL patterns in one job."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam.pvalue import AsSingleton, PCollection
from numpy.typing import NDArray

from schemas.manifest import Part
from schemas.patterns import Verdict
from schemas.settings import Rounds
from schemas.spreadsheet_cells import to_cell
from transforms.classifier.content_filter import has_content
from transforms.patterns.candidates import FindCandidates, Listed
from transforms.patterns.count_domains import FindDomains, mathematical_domains
from transforms.patterns.count_labels import AddCounts, LabelCount
from transforms.patterns.domain_tables import PackedTable, pack_by_domain
from transforms.recall.at_cutoff import ScoredUrl, WriteAtCutoff
from transforms.recall.collect import (
    CollectedShard,
    CollectShards,
    collected_rows,
    without_copies,
)
from transforms.recall.collection import Collection
from transforms.recall.format_candidates import format_candidates
from transforms.recall.sample_pages import Place, SamplePage, candidate_rows, read_samples
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import describe

Counts = Sequence[tuple[str, LabelCount]]
LabelRows = Sequence[tuple[str, Verdict, int, int]]
Probability = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass
class CollectPages(beam.PTransform):
    """Write `collected/SHARD` for every shard, and the sites of the round.

    The sites are `domains.parquet`, `candidates.parquet` (as text: `candidates.txt`) and
    `labels.csv`; `at_cutoff.csv` has the pages nearest the cutoff. `made_from` is the digest of the
    round's scores and its cut; `probability` returns the probabilities of mathematics of an array
    of scores. Candidates are sought only in mathematical domains, whose names are a side input.

    In:      shards, with their scores and the previous round's sidecar `collected`.
    Out:     one Part for each shard, and those of `domains`, `candidates`, `labels`, `at_cutoff`.
    """

    collection: Collection
    cutoff: float
    settings: Rounds
    made_from: str
    tree: OutputTree
    probability: Probability

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        collected = items | CollectShards(self.collection, self.cutoff, self.made_from, self.tree)
        domains = (
            collected | "DomainsOfShard" >> beam.FlatMap(_domains_of) | FindDomains(self.settings)
        )
        mathematical = domains | "Mathematical" >> beam.Map(mathematical_domains)
        labels = (
            collected
            | "LabelsOfShard" >> beam.FlatMap(_labels_of)
            | "Labels" >> AddCounts()
            | "LabelRows" >> beam.Map(label_rows, self.collection.labels)
        )
        parts = collected | "PartOfShard" >> beam.Map(_part_of)
        number, tree = self.collection.number, self.tree
        to_domains = WorkOnShard(partial(write_domains, number=number, tree=tree))
        to_labels = WorkOnShard(partial(write_labels, number=number, tree=tree))
        return parts | "AllParts" >> beam.FlattenWith(
            domains | "WriteDomains" >> beam.ParDo(to_domains),
            self._write_candidates(items, AsSingleton(mathematical)),
            labels | "WriteLabels" >> beam.ParDo(to_labels),
            collected
            | "AtCutoffOfShard" >> beam.FlatMap(_at_cutoff_of)
            | WriteAtCutoff(number, tree),
        )

    def _write_candidates(
        self, items: PCollection[Shard], mathematical: AsSingleton
    ) -> PCollection[Part]:
        number, tree = self.collection.number, self.tree
        shuffled = items | "Reshuffle" >> beam.Reshuffle()
        listed = (
            shuffled
            | "PagesOfShard"
            >> beam.FlatMap(packed_pages, mathematical, self.collection, self.cutoff, self.tree)
            | FindCandidates(self.settings.patterns, self.probability)
        )
        samples = (
            shuffled
            | "SamplesOfShard" >> beam.Map(read_samples, AsSingleton(listed), number, tree)
            | "CollectSamples" >> beam.combiners.ToList()
        )
        to_candidates = WorkOnShard(partial(write_candidates, number=number, tree=tree))
        return listed | "WriteCandidates" >> beam.ParDo(to_candidates, AsSingleton(samples))


def packed_pages(
    shard: Shard,
    domains: frozenset[str],
    collection: Collection,
    cutoff: float,
    tree: OutputTree,
) -> Iterator[PackedTable]:
    """Yield the pages of a shard in `domains`, packed: see `FindCandidates`.

    Pages without content have no tokens, for they never join the seed.

    The pages are not verified again: `collect_shard` did so in the same job.
    """
    rows, collected = collected_rows(shard, collection, cutoff, tree, is_verified=True)
    scores = tree.read_sidecar(rows, shard.file(in_round(collection.number, "scores")), "score")
    numbers = pa.array(np.arange(len(rows), dtype=np.int32))
    tokens = pc.if_else(pa.array(has_content(rows, collection.content)), rows.column("tokens"), 0)
    rows = rows.select(["id", "url", "domain"]).append_column("tokens", tokens)
    rows = rows.append_column("score", scores).append_column("row", numbers)
    rows, collected = without_copies(rows, collected, shard, tree)
    rows = rows.append_column("collected", pa.array(collected)).drop_columns("id")
    rows = rows.append_column("shard", pa.repeat(shard.name, len(rows)))
    is_in = pc.is_in(rows.column("domain"), pa.array(sorted(domains), pa.string()))
    yield from pack_by_domain(rows.filter(is_in))


def label_rows(counts: Counts, labels: Mapping[str, Verdict]) -> LabelRows:
    """Return the rows of `labels.csv`: pattern, label, pages and collected pages, fewest first."""
    by_pattern = dict(counts)
    found = ((by_pattern.get(pattern, LabelCount()), pattern) for pattern in labels)
    rows = ((count.pages, pattern, count.collected) for count, pattern in found)
    return [(pattern, labels[pattern], pages, kept) for pages, pattern, kept in sorted(rows)]


def write_domains(rows: pa.Table, number: int, tree: OutputTree) -> Part:
    """Write `domains.parquet` of a round; return its Part, which counts mathematical domains."""
    counters = {"mathematical_domains": len(mathematical_domains(rows))}
    return _write("domains", rows, counters, number, tree)


def write_candidates(
    listed: Listed, samples: Iterable[list[tuple[Place, SamplePage]]], number: int, tree: OutputTree
) -> Part:
    """Write `candidates.parquet` and `candidates.txt` of a round; return its Part, with counts."""
    counters = {
        "candidates": len(listed.candidates),
        "unlisted_candidates": listed.unlisted,
        "unlisted_tokens": listed.unlisted_tokens,
        "sampled_domains": listed.sampled_domains,
    }
    rows = candidate_rows(listed, samples)
    part = _write("candidates", rows, counters, number, tree)
    path = in_round(number, "candidates.txt")
    with tree.create(path) as local:
        local.write_text(format_candidates(rows.to_pylist()), encoding="utf-8", newline="\n")
        return replace(part, outputs=[*part.outputs, describe(local, path, 0)])


def write_labels(rows: LabelRows, number: int, tree: OutputTree) -> Part:
    """Write `labels.csv` of a round, with the pages of each label; return its Part."""
    path = in_round(number, "labels.csv")
    with tree.create(path) as local:
        with local.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("pattern", "label", "pages", "collected"))
            writer.writerows((to_cell(pattern), *rest) for pattern, *rest in rows)
        return Part(name="labels", outputs=[describe(local, path, len(rows))])


def _write(
    name: str, rows: pa.Table, counters: dict[str, int], number: int, tree: OutputTree
) -> Part:
    path = in_round(number, f"{name}.parquet")
    with tree.create(path) as local:
        pq.write_table(rows, local, compression="zstd")
        return Part(name=name, outputs=[describe(local, path, len(rows))], counters=counters)


def _domains_of(collected: CollectedShard) -> list[PackedTable]:
    return collected.domains


def _labels_of(collected: CollectedShard) -> list[tuple[str, LabelCount]]:
    return collected.labels


def _at_cutoff_of(collected: CollectedShard) -> list[ScoredUrl]:
    return collected.at_cutoff


def _part_of(collected: CollectedShard) -> Part:
    return collected.part
