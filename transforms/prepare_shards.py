"""PrepareShards: WARC files to shards of pages, one to one."""

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Output, Part
from schemas.records import Failure, Page
from schemas.settings import Prepare
from transforms.inflate_members import Damage
from transforms.make_page import make_page
from transforms.read_warc import Capture, Dropped, crawl_name, read_warc
from transforms.shard_writer import ShardWriter, describe
from transforms.storage import Storage, join

PAGES, FAILURES = "pages", "failures"
_LEDGER = "mathmine.ledger"  # in the footer of a shard: the counts of its WARC file, as JSON


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file: where it lies, and the name that it goes by in the corpus.

    The name is that of the file, with as many of its folders as make it unique.
    """

    path: str
    name: str

    @property
    def shard(self) -> str:
        """File name of its shards."""
        return self.name.replace("/", "__") + ".parquet"


@dataclass
class PrepareShards(beam.PTransform):
    """Make `pages/NAME.parquet` and `failures/NAME.parquet` of every WARC file.

    In:      WarcFile; each is one unit of work.
    Out:     one Part for each, with its ledger: `records` = `pages` + `dropped.*` + `failed.*`.
    Counts:  in the Part, so that the same numbers come from any runner.
    Raises:  LedgerError if a file's records did not all end in one place.
    Again:   a shard that stands is not made again.
    """

    out: str
    settings: Prepare
    storage: Storage

    def expand(self, files: PCollection[WarcFile]) -> PCollection[Part]:
        return files | beam.Reshuffle() | beam.ParDo(_PrepareFn(self))


class _PrepareFn(beam.DoFn):
    def __init__(self, stage: PrepareShards) -> None:
        self.out, self.settings, self.storage = stage.out, stage.settings, stage.storage

    def process(self, warc: WarcFile) -> Iterator[Part]:
        yield prepare_shard(warc, self.out, self.settings, self.storage)


class LedgerError(RuntimeError):
    """The records of a WARC file did not all end as a page, a drop or a failure: a bug."""


def prepare_shard(warc: WarcFile, out: str, settings: Prepare, storage: Storage) -> Part:
    """Read one WARC file and write its two shards, unless they stand; return what was counted."""
    pages_path, failures_path = (join(out, kind, warc.shard) for kind in (PAGES, FAILURES))
    if storage.exists(pages_path):
        return _standing(warc, out, storage)
    # The shard of pages appears last: where it stands, its failures do too.
    with storage.create(pages_path) as pages, storage.create(failures_path) as failures:
        with (
            ShardWriter(pages, shards.PAGE) as kept,
            ShardWriter(failures, shards.FAILURE) as lost,
        ):
            counters = _sort_records(warc, settings, storage, kept, lost)
            kept.metadata[_LEDGER] = json.dumps(counters, sort_keys=True)
        _check_ledger(warc, counters, kept.rows, lost.rows)
        outputs = [
            describe(pages, f"{PAGES}/{warc.shard}", kept.rows),
            describe(failures, f"{FAILURES}/{warc.shard}", lost.rows),
        ]
    return Part(name=warc.shard, outputs=outputs, counters=counters)


def _standing(warc: WarcFile, out: str, storage: Storage) -> Part:
    """Return the Part of shards that an earlier run made."""
    outputs: list[Output] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in (FAILURES, PAGES):
            local = Path(folder, kind)
            with storage.open(join(out, kind, warc.shard)) as source, local.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            footer = pq.read_metadata(local)
            outputs.insert(0, describe(local, f"{kind}/{warc.shard}", footer.num_rows))
    counters = json.loads(footer.metadata[_LEDGER.encode()])
    return Part(name=warc.shard, outputs=outputs, counters=counters)


def _sort_records(
    warc: WarcFile, settings: Prepare, storage: Storage, kept: ShardWriter, lost: ShardWriter
) -> dict[str, int]:
    """Send every record of the file to its place; return how many went where."""
    counts = Counter(records=0, pages=0)
    with storage.open(warc.path) as file:
        crawl = crawl_name(file) or _crawl_by_name(warc)
        for item in read_warc(file, settings.max_html_bytes):
            counts["records"] += 1
            outcome = _outcome(item, warc, crawl, settings)
            if isinstance(outcome, Page):
                counts["pages"] += 1
                kept.add(outcome, text_bytes=len(outcome.text))
            elif isinstance(outcome, Failure):
                counts[f"failed.{outcome.reason}"] += 1
                lost.add(outcome)
            else:
                counts[f"dropped.{outcome.reason}"] += 1
    return dict(counts)


def _outcome(
    item: Capture | Dropped | Damage, warc: WarcFile, crawl: str, settings: Prepare
) -> Page | Dropped | Failure:
    if isinstance(item, Damage):
        return Failure(warc.name, item.offset, "", "read", item.reason, item.message)
    if isinstance(item, Dropped):
        return item
    try:
        return make_page(item, warc.name, crawl, settings)
    except ValueError as error:
        return Failure(warc.name, item.offset, item.url, "extract", "no_parse", str(error))


def _check_ledger(warc: WarcFile, counters: dict[str, int], pages: int, failures: int) -> None:
    dropped = sum(count for name, count in counters.items() if name.startswith("dropped."))
    if counters["records"] != pages + dropped + failures:
        raise LedgerError(
            f"{warc.path}: {counters['records']} records, but {pages} pages, {dropped} dropped "
            f"and {failures} failures"
        )


def _crawl_by_name(warc: WarcFile) -> str:
    """Return the crawl by Common Crawl's naming of folders, or else of files.

    >>> _crawl_by_name(WarcFile("CC-MAIN-2024-22/segments/1/warc/a.warc.gz", "a.warc.gz"))
    'CC-MAIN-2024-22'
    >>> _crawl_by_name(WarcFile("x", "CC-MAIN-20260115000000-20260115030000-00001.warc.gz"))
    'CC-MAIN-20260115000000-20260115030000'
    """
    if folder := re.search(r"CC-MAIN-\d{4}-\d{2}(?=/)", warc.path):
        return folder[0]
    stem = warc.name.rpartition("/")[2].partition(".warc")[0]
    return re.sub(r"-\d+$", "", stem)
