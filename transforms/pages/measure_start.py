"""Measure what `prepare` makes of the beginning of a WARC file, and what that costs."""

import os
import resource
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from schemas import shards
from schemas.records import Failure, Page
from schemas.settings import Prepare
from transforms.html.sandbox import idle_cpu_seconds
from transforms.pages.fetched_records import SourcedRecord, sourced_records
from transforms.pages.prepare_shard import outcome_in_file, row_of
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage
from transforms.storage.shard_writer import ShardWriter


@dataclass(frozen=True)
class MeasuredFile:
    """What the first `read_bytes` of the `file_bytes` of a WARC file became.

    `stored_bytes` are those of the shards of pages and of failures. `cpu_seconds` are None if they
    are not known, as of a run in the past.
    """

    name: str
    file_bytes: int
    read_bytes: int
    pages: int
    stored_bytes: int
    cpu_seconds: float | None = None


def measure_start(
    warc: WarcFile, settings: Prepare, storage: Storage, folder: Path, most_bytes: int
) -> MeasuredFile:
    """Prepare the records that begin in the first `most_bytes` of a file; `folder` is for shards.

    The order of records in a file of Common Crawl is random, so its beginning stands for all of it.
    """
    pages_file, failures_file = folder / "pages.parquet", folder / "failures.parquet"
    started = cpu_seconds()
    read_bytes = 0

    def is_measured(item: SourcedRecord) -> bool:
        nonlocal read_bytes
        read_bytes = item.record.offset
        return read_bytes < most_bytes

    with (
        storage.open(warc.path) as file,
        ShardWriter(pages_file, shards.PAGE) as pages,
        ShardWriter(failures_file, shards.FAILURE) as failures,
    ):
        for item in takewhile(is_measured, sourced_records(warc, file, storage)):
            outcome = outcome_in_file(item, settings)
            if isinstance(outcome, Page):
                pages.add(row_of(outcome), text_bytes=len(outcome.text))
            elif isinstance(outcome, Failure):
                failures.add(row_of(outcome))
        file_bytes = warc.bytes or file.seek(0, os.SEEK_END)
    if read_bytes < most_bytes:  # that was the last record
        read_bytes = file_bytes
    return MeasuredFile(
        name=warc.name,
        file_bytes=file_bytes,
        read_bytes=read_bytes,
        pages=pages.rows,
        stored_bytes=pages_file.stat().st_size + failures_file.stat().st_size,
        cpu_seconds=cpu_seconds() - started,
    )


def cpu_seconds() -> float:
    """Return the CPU time of this process and of all child processes that it has started."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both) + idle_cpu_seconds()
