"""Collect the pages of a round, and find its mathematical domains and URL patterns in one job."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pvalue import AsSingleton, PCollection

from schemas import shards
from schemas.manifest import Part
from schemas.patterns import Verdict
from schemas.settings import Patterns, Rounds
from schemas.spreadsheet_cells import to_cell
from transforms.patterns.candidates import candidate_patterns
from transforms.patterns.count_sites import AddCounts, ByPattern, SiteCount, count_pages
from transforms.recall.collect import (
    CollectedShard,
    CollectShards,
    collected_rows,
    without_copies,
)
from transforms.recall.collection import Collection
from transforms.storage.map_shards import WorkOnShard
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import describe

Rows = Sequence[Mapping[str, Any]]
Counts = Sequence[tuple[str, SiteCount]]
LabelRows = Sequence[tuple[str, Verdict, int, int]]


@dataclass
class CollectPages(beam.PTransform):
    """Write `collected/SHARD` for every shard, and the sites of the round.

    The sites are `domains.parquet`, `candidates.parquet` and `labels.csv`. `made_from` is the
    digest of the round's scores. Patterns are counted only in mathematical domains, whose names are
    a side input.

    In:      shards, with their scores and the previous round's sidecar `collected`.
    Out:     one Part for each shard, and the Parts `domains`, `candidates` and `labels`.
    """

    collection: Collection
    cutoff: float
    settings: Rounds
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        collected = items | CollectShards(self.collection, self.cutoff, self.made_from, self.tree)
        domains = (
            collected
            | "DomainsOfShard" >> beam.FlatMap(_domains_of)
            | "Domains" >> AddCounts()
            | "DomainRows" >> beam.Map(domain_rows, self.settings.domain_share)
        )
        mathematical = domains | "Mathematical" >> beam.Map(mathematical_domains)
        candidates = (
            items
            | "Reshuffle" >> beam.Reshuffle()
            | "CountPatternsInShard"
            >> beam.FlatMap(
                count_patterns,
                AsSingleton(mathematical),
                self.collection,
                self.cutoff,
                self.settings.patterns.max_depth,
                self.tree,
            )
            | "Patterns" >> AddCounts()
            | "CandidateRows" >> beam.Map(candidate_rows, self.settings.patterns)
        )
        labels = (
            collected
            | "LabelsOfShard" >> beam.FlatMap(_labels_of)
            | "Labels" >> AddCounts(least=0)
            | "LabelRows" >> beam.Map(label_rows, self.collection.labels)
        )
        parts = collected | "PartOfShard" >> beam.Map(_part_of)
        number, tree = self.collection.number, self.tree
        to_domains = WorkOnShard(partial(write_domains, number=number, tree=tree))
        to_candidates = WorkOnShard(partial(write_candidates, number=number, tree=tree))
        to_labels = WorkOnShard(partial(write_labels, number=number, tree=tree))
        return parts | "AllParts" >> beam.FlattenWith(
            domains | "WriteDomains" >> beam.ParDo(to_domains),
            candidates | "WriteCandidates" >> beam.ParDo(to_candidates),
            labels | "WriteLabels" >> beam.ParDo(to_labels),
        )


def count_patterns(
    shard: Shard,
    domains: frozenset[str],
    collection: Collection,
    cutoff: float,
    max_depth: int,
    tree: OutputTree,
) -> Iterator[tuple[str, SiteCount]]:
    """Yield (pattern, count) for the pages of a shard in `domains`.

    The pages are not verified again: `collect_shard` did so in the same job.
    """
    rows, collected = collected_rows(shard, collection, cutoff, tree, is_verified=True)
    rows, collected = without_copies(rows, collected, shard, tree)
    return count_pages(rows, collected, ByPattern(domains, max_depth), with_samples=True)


def domain_rows(counts: Counts, domain_share: float) -> Rows:
    """Return the rows of `domains.parquet`.

    A domain is mathematical if more than `domain_share` of its pages were collected (section 2.1
    of the paper: more than 10 %).
    """
    return [
        {
            "domain": domain,
            "pages": count.pages,
            "collected": count.collected,
            "tokens": count.tokens,
            "collected_tokens": count.collected_tokens,
            "share": count.share,
            "mathematical": count.share > domain_share,
        }
        for domain, count in counts
    ]


def mathematical_domains(rows: Rows) -> frozenset[str]:
    """Return the names of the mathematical domains among the rows of `domains.parquet`."""
    return frozenset(row["domain"] for row in rows if row["mathematical"])


def candidate_rows(counts: Counts, settings: Patterns) -> Rows:
    """Return the rows of `candidates.parquet`."""
    return [asdict(candidate) for candidate in candidate_patterns(counts, settings)]


def label_rows(counts: Counts, labels: Mapping[str, Verdict]) -> LabelRows:
    """Return the rows of `labels.csv`: pattern, label, pages and collected pages, fewest first."""
    by_pattern = dict(counts)
    found = ((by_pattern.get(pattern, SiteCount()), pattern) for pattern in labels)
    rows = ((count.pages, pattern, count.collected) for count, pattern in found)
    return [(pattern, labels[pattern], pages, kept) for pages, pattern, kept in sorted(rows)]


def write_domains(rows: Rows, number: int, tree: OutputTree) -> Part:
    """Write `domains.parquet` of a round; return its Part, which counts mathematical domains."""
    counters = {"mathematical_domains": len(mathematical_domains(rows))}
    return _write("domains", rows, shards.DOMAIN, counters, number, tree)


def write_candidates(rows: Rows, number: int, tree: OutputTree) -> Part:
    """Write `candidates.parquet` of a round; return its Part, which counts them."""
    return _write("candidates", rows, shards.CANDIDATE, {"candidates": len(rows)}, number, tree)


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
    name: str,
    rows: Rows,
    schema: pa.Schema,
    counters: dict[str, int],
    number: int,
    tree: OutputTree,
) -> Part:
    path = in_round(number, f"{name}.parquet")
    with tree.create(path) as local:
        pq.write_table(pa.Table.from_pylist(rows, schema), local, compression="zstd")
        return Part(name=name, outputs=[describe(local, path, len(rows))], counters=counters)


def _domains_of(collected: CollectedShard) -> list[tuple[str, SiteCount]]:
    return collected.domains


def _labels_of(collected: CollectedShard) -> list[tuple[str, SiteCount]]:
    return collected.labels


def _part_of(collected: CollectedShard) -> Part:
    return collected.part
