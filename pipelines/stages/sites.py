"""Find the mathematical domains of a round, and the URL patterns in them worth a label."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.stages.round_inputs import Round
from schemas import shards
from schemas.settings import Patterns
from transforms.recall.candidates import candidate_patterns
from transforms.recall.count_sites import ByPattern, CountSites, Keys, SiteCount, by_domain
from transforms.storage.output_tree import OutputTree

Rows = Sequence[Mapping[str, Any]]
Counts = Sequence[tuple[str, SiteCount]]


def find_sites(round_: Round) -> tuple[int, int]:
    """Write `domains.parquet` and `candidates.parquet`.

    Returns the number of mathematical domains and that of candidates.
    """
    domains, candidates = round_.at("domains.parquet"), round_.at("candidates.parquet")
    to_domains = partial(domain_rows, domain_share=round_.settings.domain_share)
    _count_sites(round_, by_domain, to_domains, shards.DOMAIN, domains)
    table = round_.tree.read_table(domains, ["domain", "mathematical"])
    mathematical = frozenset(row["domain"] for row in table.to_pylist() if row["mathematical"])
    by_pattern = ByPattern(mathematical, round_.settings.patterns.max_depth)
    to_candidates = partial(candidate_rows, settings=round_.settings.patterns)
    _count_sites(round_, by_pattern, to_candidates, shards.CANDIDATE, candidates)
    return len(mathematical), round_.tree.read_table(candidates, ["pattern"]).num_rows


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


def candidate_rows(counts: Counts, settings: Patterns) -> Rows:
    """Return the rows of `candidates.parquet`."""
    return [asdict(candidate) for candidate in candidate_patterns(counts, settings)]


def _count_sites(
    round_: Round, keys: Keys, to_rows: Callable[[Counts], Rows], schema: pa.Schema, path: str
) -> None:
    """Count pages by key over all shards, and write the rows made of the counts."""

    def build(pipeline: beam.Pipeline) -> None:
        names = pipeline | "Shards" >> beam.Create(round_.shard_names)
        counts = names | CountSites(round_.number, keys, round_.tree)
        rows = counts | "ToRows" >> beam.Map(to_rows)
        _ = rows | "WriteRows" >> beam.Map(_write_rows, schema, path, round_.tree)

    round_.jobs.run(build)


def _write_rows(rows: Rows, schema: pa.Schema, path: str, tree: OutputTree) -> None:
    with tree.create(path) as local:
        pq.write_table(pa.Table.from_pylist(rows, schema), local, compression="zstd")
