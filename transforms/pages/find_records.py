"""Read records of a WARC file again, to say what became of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from schemas.records import Failure, Page
from schemas.settings import Prepare
from transforms.pages.fetched_records import sourced_records
from transforms.pages.prepare_shard import outcome_of
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage
from transforms.text.fingerprints import page_id
from transforms.warc.members import Damage
from transforms.warc.read import Dropped, url_of

IsWanted = Callable[[str, int, int, str], bool]  # name of the file, offset, id, URL


@dataclass(frozen=True)
class FoundRecord:
    """A record, its type, and in words what `prepare` makes of it."""

    warc_file: str
    offset: int
    length: int
    kind: str
    url: str
    outcome: str


def find_records(
    warc: WarcFile, is_wanted: IsWanted, settings: Prepare, storage: Storage
) -> Iterator[FoundRecord]:
    """Yield the records of a file that are wanted; damage is in `failures/`, and left out."""
    with storage.open(warc.path) as file:
        for raw, source, crawl in sourced_records(warc, file, storage):
            if isinstance(raw, Damage):
                continue
            url, number = url_of(raw), page_id(source.name, raw.offset, raw.number)
            if is_wanted(source.name, raw.offset, number, url):
                kind = raw.header.first("warc-type").lower()
                outcome = _in_words(outcome_of(raw, source, crawl, settings))
                yield FoundRecord(source.name, raw.offset, raw.length, kind, url, outcome)


def _in_words(outcome: Page | Dropped | Failure) -> str:
    if isinstance(outcome, Page):
        return "a page now, which it was not when the pages were made"
    if isinstance(outcome, Dropped):
        return f"dropped by `prepare`: {outcome.reason}"
    return f"failed: {outcome.reason}: {outcome.message}"
