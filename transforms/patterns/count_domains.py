"""Count the pages of domains, and decide which domains are mathematical."""

from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection
from numpy.typing import NDArray

from schemas import shards
from schemas.settings import Rounds
from transforms.patterns.domain_tables import PackedTable, unpack

_COUNTS = ("pages", "collected", "tokens", "collected_tokens")


@dataclass
class FindDomains(beam.PTransform):
    """Add up the counts of domains, and find the mathematical ones.

    In:      packed tables of `count_domains`.
    Out:     one table: the rows of `domains.parquet`.
    """

    settings: Rounds

    def expand(self, counts: PCollection[PackedTable]) -> PCollection[pa.Table]:
        return (
            counts
            | "GroupDomains" >> beam.GroupByKey()
            | "AddDomains" >> beam.Map(_add_packed, self.settings)
            | "CollectDomains" >> beam.combiners.ToList()
            | "SortDomains" >> beam.Map(sorted_domains)
        )


def count_domains(rows: pa.Table, collected: NDArray[np.bool_]) -> pa.Table:
    """Return the counts of the pages of one shard, by domain; `rows` have domain and tokens."""
    tokens = rows.column("tokens").cast(pa.int64())
    columns = [rows.column("domain"), np.ones(len(rows), np.int64), collected.astype(np.int64)]
    columns += [tokens, pc.if_else(pa.array(collected), tokens, 0)]
    return _added(pa.table(columns, names=["domain", *_COUNTS]))


def domain_rows(counts: pa.Table, settings: Rounds) -> pa.Table:
    """Return the rows of `domains.parquet` for domains with at least one collected page.

    A domain of at least `domain_min_pages` pages is mathematical if more than `domain_share` of
    them were collected (section 2.1 of the paper: more than 10 %).
    """
    counts = counts.filter(pc.greater(counts.column("collected"), 0))
    pages, collected = (counts.column(name).to_numpy() for name in ("pages", "collected"))
    share = collected / np.maximum(pages, 1)
    is_mathematical = (share > settings.domain_share) & (pages >= settings.domain_min_pages)
    columns = [*counts.columns, pa.array(share, pa.float32()), pa.array(is_mathematical)]
    return pa.table(columns, schema=shards.DOMAIN)


def sorted_domains(parts: Iterable[pa.Table]) -> pa.Table:
    """Return the rows of all parts, those with most uncollected pages first, then by name."""
    rows = pa.concat_tables([shards.DOMAIN.empty_table(), *parts])
    uncollected = pc.subtract(rows.column("pages"), rows.column("collected"))
    order = rows.append_column("uncollected", uncollected).sort_by(
        [("uncollected", "descending"), ("domain", "ascending")]
    )
    return order.drop_columns("uncollected").combine_chunks()


def mathematical_domains(rows: pa.Table) -> frozenset[str]:
    """Return the names of the mathematical domains among the rows of `domains.parquet`."""
    return frozenset(rows.filter(rows.column("mathematical")).column("domain").to_pylist())


def _add_packed(partition: tuple[int, Iterable[bytes]], settings: Rounds) -> pa.Table:
    return domain_rows(_added(unpack(partition[1])), settings)


def _added(counts: pa.Table) -> pa.Table:
    added = counts.group_by("domain").aggregate([(name, "sum") for name in _COUNTS])
    return added.select(["domain", *(f"{name}_sum" for name in _COUNTS)]).rename_columns(
        ["domain", *_COUNTS]
    )
