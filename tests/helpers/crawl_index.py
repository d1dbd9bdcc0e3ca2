"""Columnar indexes of WARC files, with the columns that Common Crawl's have."""

import os
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.text.urls import host, registered_domain
from transforms.warc.read import read_records, url_of
from transforms.warc.records import RawRecord

SCHEMA = pa.schema(
    [
        ("url_surtkey", pa.string()),
        ("url", pa.string()),
        ("url_host_name", pa.string()),
        ("url_host_registered_domain", pa.string()),
        ("url_path", pa.string()),
        ("fetch_time", pa.timestamp("ms")),
        ("fetch_status", pa.int16()),
        ("content_digest", pa.string()),
        ("content_mime_detected", pa.string()),
        ("content_languages", pa.string()),
        ("warc_filename", pa.string()),
        ("warc_record_offset", pa.int32()),
        ("warc_record_length", pa.int32()),
    ]
)


def index_rows(path, name):
    """A row for each response of a WARC file that is called `name` in the index."""
    with open(path, "rb") as file:
        for record in read_records(file):
            if isinstance(record, RawRecord) and record.header.first("warc-type") == "response":
                yield index_row(
                    url_of(record),
                    name,
                    record.offset,
                    record.length,
                    status=int(record.data[record.block :].split(b" ", 2)[1]),
                    time=record.header.first("warc-date").removesuffix("Z"),
                    mime=record.header.first("warc-identified-payload-type") or "text/html",
                )


def index_row(url, name, offset, length, status=200, time="2026-01-15T00:00:00", mime="text/html"):
    """One row; the key of a URL has the labels of its host in reverse order, without www."""
    name_of_host = host(url)
    labels = name_of_host.removeprefix("www.").split(".")
    return {
        "url_surtkey": f"{','.join(reversed(labels))}){urlsplit(url).path.lower() or '/'}",
        "url": url,
        "url_host_name": name_of_host,
        "url_host_registered_domain": registered_domain(name_of_host),
        "url_path": urlsplit(url).path,
        "fetch_time": pa.scalar(time).cast(pa.timestamp("ms")).as_py(),
        "fetch_status": status,
        "content_digest": "",
        "content_mime_detected": mime,
        "content_languages": "eng",
        "warc_filename": name,
        "warc_record_offset": offset,
        "warc_record_length": length,
    }


def write_index(folder, rows, files=1, group=500, crawl="CC-MAIN-2026-05"):
    """Write an index in Common Crawl's layout: sorted by key, a range of keys in each file."""
    rows = sorted(rows, key=lambda row: row["url_surtkey"])
    size = -(-len(rows) // files)
    paths = []
    for number in range(files):
        table = pa.Table.from_pylist(rows[number * size : (number + 1) * size], SCHEMA)
        path = folder / f"crawl={crawl}" / "subset=warc" / f"part-{number:05}.gz.parquet"
        os.makedirs(path.parent, exist_ok=True)
        pq.write_table(table, path, row_group_size=group, compression="gzip")
        paths.append(path)
    return paths
