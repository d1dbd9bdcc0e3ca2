"""Find the records of pages under accepted patterns in a columnar index of a crawl.

The index is that of Common Crawl (`cc-index/table`): Parquet files sorted by URL. Row groups whose
statistics exclude all patterns are not read, nor are the URLs of those without a matching host.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam.metrics import Metrics
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.errors import InputError
from schemas.manifest import Part
from schemas.patterns import ACCEPT, Verdict
from transforms.expansion.host_filter import HostFilter
from transforms.patterns.url_patterns import UrlPatterns
from transforms.storage.map_shards import METRICS, MapShards
from transforms.storage.output_tree import OutputTree
from transforms.storage.range_file import RangeFile
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.fingerprints import hash64
from transforms.text.urls import url_key
from transforms.warc.media_type import may_be_html, media_type

_RECORD = ("warc_filename", "warc_record_offset", "warc_record_length")
_COLUMNS = ("url", "fetch_status", *_RECORD)
_OPTIONAL = ("fetch_time", "content_mime_detected", "crawl")
_HOST, _KEY = "url_host_name", "url_surtkey"


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file of an index; `output` is where its matching records are written.

    `crawl` is the crawl that the path names, or "".
    """

    path: str
    output: str
    crawl: str = ""

    @classmethod
    def from_json(cls, text: str) -> "IndexFile":
        """Parse a line that `write_items` wrote."""
        return cls(**json.loads(text))


@dataclass
class SearchIndex(beam.PTransform):
    """Find the records of pages under accepted patterns in files of an index.

    In:      IndexFile.
    Out:     one Part for each, with the counters of `search_index_file`.
    """

    labels: Mapping[str, Verdict]
    made_from: str
    tree: OutputTree

    def expand(self, files: PCollection[IndexFile]) -> PCollection[Part]:
        work = partial(
            search_index_file, labels=self.labels, made_from=self.made_from, tree=self.tree
        )
        return files | "IndexFiles" >> MapShards("SearchIndexFile", work)


def search_index_file(
    file: IndexFile, labels: Mapping[str, Verdict], made_from: str, tree: OutputTree
) -> Part:
    """Write the records of one file whose URLs the patterns accept, and that may be HTML pages.

    Counters: `rows`, `bytes` and `groups` of the file, `read_bytes` and `read_groups` (of columns
    and row groups that were read), and `matched` = `found` + `left_out.REASON`...: `status` (not
    2xx), `not_html`, `not_http`, `no_record` (without a place in a file), and `not_gzip` (in a file
    that is not compressed record by record).
    Raises InputError for a file that is not such an index.
    """
    if existing := existing_part(file.output, [file.output], tree, made_from):
        return existing
    with RangeFile(file.path, tree.storage) as source, tree.create(file.output) as local:
        with ShardWriter(local, shards.INDEXED, made_from) as writer:
            index = _open(file.path, source)
            for table in _matching(index, labels, writer.counters):
                for row in table.to_pylist():
                    _add(row, file.crawl, writer)
        Metrics.counter(METRICS, "sent_requests").inc(source.requests)
        Metrics.counter(METRICS, "received_bytes").inc(source.bytes_read)
        return writer.part(file.output, file.output)


def _open(path: str, source: RangeFile) -> pq.ParquetFile:
    """Return the Parquet file; raises InputError if it is none, or has other columns."""
    try:
        index = pq.ParquetFile(source, pre_buffer=True)
    except pa.ArrowException as error:
        raise InputError(f"--index {path}: it is not a Parquet file") from error
    missing = [name for name in _COLUMNS if name not in index.schema_arrow.names]
    if missing:
        raise InputError(
            f"--index {path}: the column {missing[0]} of Common Crawl's columnar index is missing"
        )
    return index


def _matching(
    index: pq.ParquetFile, labels: Mapping[str, Verdict], counters: Counter[str]
) -> Iterator[pa.Table]:
    """Yield the rows whose URLs are under accepted patterns."""
    accepted = [pattern for pattern, verdict in labels.items() if verdict == ACCEPT]
    hosts, patterns = HostFilter(accepted), UrlPatterns(labels)
    names = index.schema_arrow.names
    columns = [*_COLUMNS, *(name for name in _OPTIONAL if name in names)]
    counters.update(dict.fromkeys(("rows", "bytes", "groups", "read_bytes", "read_groups"), 0))
    for number in range(index.num_row_groups):
        group = index.metadata.row_group(number)
        sizes = _column_sizes(group)
        counters["rows"] += group.num_rows
        counters["bytes"] += sum(sizes.values())
        counters["groups"] += 1
        if not _may_match(group, hosts):
            continue
        rows = None
        if _HOST in names:
            counters["read_bytes"] += sizes[_HOST]
            rows = _rows_of_hosts(index.read_row_group(number, [_HOST]).column(_HOST), hosts)
        if rows is not None and not len(rows):
            continue
        counters["read_groups"] += 1
        counters["read_bytes"] += sum(sizes[name] for name in columns)
        table = index.read_row_group(number, columns)
        yield _accepted(table if rows is None else table.take(rows), patterns)


def _column_sizes(group: pq.RowGroupMetaData) -> dict[str, int]:
    """Return the compressed bytes of each column of a row group."""
    columns = [group.column(number) for number in range(group.num_columns)]
    return {column.path_in_schema: column.total_compressed_size for column in columns}


def _may_match(group: pq.RowGroupMetaData, hosts: HostFilter) -> bool:
    """Return whether the statistics of a row group leave room for a page of a pattern."""
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == _KEY and column.is_stats_set and column.statistics.has_min_max:
            return hosts.may_match_range(column.statistics.min, column.statistics.max)
    return True


def _rows_of_hosts(column: pa.ChunkedArray, hosts: HostFilter) -> pa.Array:
    """Return the numbers of the rows whose hosts may match a pattern; hosts are few."""
    wanted = [host for host in pc.unique(column).to_pylist() if hosts.may_match_host(host)]
    return pc.indices_nonzero(pc.is_in(column, pa.array(wanted, column.type)))


def _accepted(table: pa.Table, patterns: UrlPatterns) -> pa.Table:
    urls = table.column("url").to_pylist()
    return table.filter(pa.array([bool(url) and patterns.label(url) == ACCEPT for url in urls]))


def _add(row: Mapping[str, Any], crawl: str, writer: ShardWriter) -> None:
    """Write a row of the index, or count why it is left out."""
    writer.counters["matched"] += 1
    if reason := _unwanted(row):
        writer.counters[f"left_out.{reason}"] += 1
        return
    writer.counters["found"] += 1
    url = row["url"]
    values = [url, hash64(url_key(url)), *(row[name] for name in _RECORD)]
    writer.add([*values, row.get("crawl") or crawl, _utc(row.get("fetch_time"))])


def _unwanted(row: Mapping[str, Any]) -> str | None:
    """Return why a record is no page, as far as an index says, by the rules of `prepare`."""
    if any(row[name] is None for name in _RECORD):
        return "no_record"
    if not row["url"].lower().startswith(("http://", "https://")):
        return "not_http"
    if not 200 <= (row["fetch_status"] or 0) < 300:
        return "status"
    if not may_be_html(media_type(row.get("content_mime_detected") or "")):
        return "not_html"
    return None if row["warc_filename"].endswith(".gz") else "not_gzip"


def _utc(time: datetime | None) -> datetime | None:
    """Return a time in UTC, in which an index writes times, with a zone or without."""
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
