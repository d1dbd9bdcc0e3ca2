"""Read the records of a WARC file, or those that `mathmine expand` fetched from others."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

import pyarrow.parquet as pq

from transforms.pages.warc_file import WarcFile, crawl_by_name
from transforms.storage.files import Storage
from transforms.warc.members import Damage
from transforms.warc.read import crawl_name, read_records
from transforms.warc.records import RawRecord

_ORIGIN = ("warc_file", "warc_offset", "warc_length", "crawl")


class SourcedRecord(NamedTuple):
    """A record or damage with its offset in `warc`, the file that the crawl has it in."""

    record: RawRecord | Damage
    warc: WarcFile
    crawl: str


def sourced_records(warc: WarcFile, file: BinaryIO, storage: Storage) -> Iterator[SourcedRecord]:
    """Yield the records of a file; those that were fetched are as in the files they come from.

    So ids and all columns are those that the whole files would give.
    """
    if warc.plan:
        yield from _fetched_records(warc, file, storage)
        return
    crawl = crawl_name(file) or crawl_by_name(warc)
    for record in read_records(file):
        yield SourcedRecord(record, warc, crawl)


def _fetched_records(warc: WarcFile, file: BinaryIO, storage: Storage) -> Iterator[SourcedRecord]:
    with storage.open(warc.plan) as listing:
        rows = pq.read_table(listing, columns=list(_ORIGIN)).to_pydict()
    for name, offset, length, crawl in zip(*(rows[key] for key in _ORIGIN), strict=True):
        source = WarcFile(name, name)
        member = io.BytesIO(file.read(length))
        for record in read_records(member):
            moved = replace(record, offset=offset + record.offset)
            yield SourcedRecord(moved, source, crawl or crawl_by_name(source))


def fetched_number(warc: WarcFile, storage: Storage) -> int:
    """Return how many records a file has that `mathmine expand` fetched; 0 for any other."""
    if not warc.plan:
        return 0
    with storage.open(warc.plan) as listing:
        return int(pq.read_metadata(listing).num_rows)
