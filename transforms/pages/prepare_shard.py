"""Turn a WARC file into a shard of pages and one of failures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Part
from schemas.records import Failure, Page
from schemas.settings import Prepare
from transforms.html.limits import HostilePageError
from transforms.html.sandbox import SandboxStartError
from transforms.pages.bugs import BUG, describe_bug
from transforms.pages.fetched_records import SourcedRecord, fetched_number, sourced_records
from transforms.pages.make_page import make_page
from transforms.pages.warc_file import WarcFile
from transforms.storage import output_tree
from transforms.storage.files import Storage
from transforms.storage.hashed_file import HashedFile
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.warc.members import Damage
from transforms.warc.read import Dropped, read_capture, url_of
from transforms.warc.records import RawRecord


class LedgerError(RuntimeError):
    """A record of a WARC file became neither a page nor a drop nor a failure: a bug."""


@dataclass
class PrepareShards(beam.PTransform):
    """Turn WARC files into shards of pages and of failures.

    In:      WARC files.
    Out:     one Part for each, with the ledger of the file as counters: see `prepare_shard`.
    """

    settings: Prepare
    tree: OutputTree

    def expand(self, warcs: PCollection[WarcFile]) -> PCollection[Part]:
        work = partial(prepare_shard, settings=self.settings, tree=self.tree)
        return warcs | "Shards" >> MapShards("PrepareShard", work)


def prepare_shard(warc: WarcFile, settings: Prepare, tree: OutputTree) -> Part:
    """Turn a WARC file into its shards, unless they already exist, and return its ledger.

    Counters: `records` = `pages` + `dropped.REASON`... + `failed.REASON`...; raises LedgerError if
    they do not add up. `formulas_lost` counts the unreadable formulas in the texts of the pages,
    `fetched` the records that `mathmine expand` fetched.
    """
    failures, pages = output_tree.failures(warc.shard), output_tree.pages(warc.shard)
    if existing := existing_part(warc.shard, [failures, pages], tree):
        return existing
    # The pages appear last: if they exist, the failures do too.
    with tree.create(pages) as pages_file, tree.create(failures) as failures_file:
        with (
            tree.storage.open(warc.path) as opened,
            ShardWriter(pages_file, shards.PAGE) as pages_writer,
            ShardWriter(failures_file, shards.FAILURE) as failures_writer,
        ):
            file = HashedFile(opened)
            for outcome in _outcomes(warc, cast(BinaryIO, file), settings, tree.storage):
                pages_writer.counters["records"] += 1
                if isinstance(outcome, Page):
                    pages_writer.counters["pages"] += 1
                    if outcome.formulas_lost:
                        pages_writer.counters["formulas_lost"] += outcome.formulas_lost
                    pages_writer.add(row_of(outcome), text_bytes=len(outcome.text))
                elif isinstance(outcome, Failure):
                    pages_writer.counters[f"failed.{outcome.reason}"] += 1
                    failures_writer.add(row_of(outcome))
                else:
                    pages_writer.counters[f"dropped.{outcome.reason}"] += 1
            if fetched := fetched_number(warc, tree.storage):
                pages_writer.counters["fetched"] = fetched
            pages_writer.input_digests[warc.name] = file.sha256()
        check_ledger(warc.path, pages_writer.counters, pages_writer.rows, failures_writer.rows)
        outputs = [failures_writer.output(failures), pages_writer.output(pages)]
    counters, digests = dict(pages_writer.counters), pages_writer.input_digests
    return Part(name=warc.shard, outputs=outputs, counters=counters, input_digests=digests)


def check_ledger(name: str, counters: Mapping[str, int], pages: int, failures: int) -> None:
    """Raise LedgerError unless pages, drops and failures add up to the records."""
    dropped = sum(count for reason, count in counters.items() if reason.startswith("dropped."))
    records = counters.get("records", 0)
    if records != pages + dropped + failures:
        raise LedgerError(
            f"{name}: {records} records, but {pages} pages, {dropped} dropped "
            f"and {failures} failures"
        )


def row_of(record: Page | Failure) -> list[object]:
    """Return the values of the fields, in the order of the columns of the schema."""
    return [getattr(record, name) for name in record.__slots__]


def _outcomes(
    warc: WarcFile, file: BinaryIO, settings: Prepare, storage: Storage
) -> Iterator[Page | Dropped | Failure]:
    for item in sourced_records(warc, file, storage):
        yield outcome_in_file(item, settings)


def outcome_in_file(item: SourcedRecord, settings: Prepare) -> Page | Dropped | Failure:
    """Return what becomes of what a WARC file has at one place."""
    if isinstance(item.record, Damage):
        return _failure(item.warc, item.record)
    return outcome_of(item.record, item.warc, item.crawl, settings)


def outcome_of(
    record: RawRecord, warc: WarcFile, crawl: str, settings: Prepare
) -> Page | Dropped | Failure:
    """Return what becomes of a record; no page stops the job, whatever it makes the code do."""
    try:
        item = read_capture(record, settings.max_html_bytes)
        if isinstance(item, Damage):
            return _failure(warc, item)
        return item if isinstance(item, Dropped) else make_page(item, warc.name, crawl, settings)
    except HostilePageError as error:
        reason, message = error.reason, str(error)
    except SandboxStartError:  # the machine is to blame, not the page
        raise
    except Exception as error:  # noqa: BLE001 - here any exception is a result
        reason, message = BUG, describe_bug(error)
    return Failure(warc.name, record.offset, url_of(record), "extract", reason, message)


def _failure(warc: WarcFile, damage: Damage) -> Failure:
    return Failure(warc.name, damage.offset, damage.url, "read", damage.reason, damage.message)
