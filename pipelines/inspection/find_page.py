"""Find the pages and records of a run by id, URL, or position in a WARC file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.jobs.run_stage import read_manifest
from pipelines.progress import progress
from schemas import shards
from schemas.errors import InputError
from schemas.manifest import Manifest, Output
from schemas.settings import Minhash, Prepare
from transforms.pages.find_records import FoundRecord, find_records
from transforms.pages.warc_file import WarcFile
from transforms.pages.without_text import FOLDER as WITHOUT_TEXT
from transforms.storage.output_tree import OutputTree, read_rows
from transforms.storage.shard import read_items
from transforms.text.fingerprints import hash64
from transforms.text.urls import url_key

_PAGE = ("id", "url", "url_hash", "warc_file", "warc_offset")
_COLUMNS = tuple(n for n in shards.PAGE.names if n not in ("text", "sketch", "minhash_bands"))
_FAILURE = ("url", "warc_file", "warc_offset")


@dataclass(frozen=True)
class Query:
    """What to look for: an id, a URL in any spelling, or a WARC file and an offset."""

    text: str
    id: int | None = None
    url_hash: int | None = None
    warc_file: str | None = None
    offset: int = 0

    def describes_file(self, name: str) -> bool:
        """Return whether a WARC file of this name may have what is looked for."""
        given = self.warc_file
        if given is None:
            return True
        return name == given or given.endswith(f"/{name}") or name.endswith(f"/{given}")

    def is_at(self, warc_file: str, offset: int, page_id: int, url: str) -> bool:
        """Return whether a record is looked for."""
        if self.id is not None:
            return page_id == self.id
        if self.url_hash is not None:
            return bool(url) and hash64(url_key(url)) == self.url_hash
        return offset == self.offset and self.describes_file(warc_file)


@dataclass(frozen=True)
class FoundPage:
    """A page: its file, its row there, from 0, and its columns but for the long ones."""

    file: Output
    row: int
    columns: dict[str, Any]


def parse_query(text: str) -> Query:
    """Return what a user looks for; raises InputError if it is neither id nor URL nor record."""
    if re.fullmatch(r"-?\d{1,20}", text):
        if not -(2**63) <= int(text) < 2**63:
            raise InputError(f"{text}: an id has 64 bits")
        return Query(text, id=int(text))
    if re.match(r"(?i)https?://", text):
        return Query(text, url_hash=hash64(url_key(text)))
    warc_file, _, offset = text.rpartition(":")
    if not warc_file or not offset.isdecimal():
        raise InputError(f"{text!r}: an id, a URL, or WARC_FILE:OFFSET is expected")
    return Query(text, warc_file=warc_file, offset=int(offset))


def find_pages(query: Query, pages: Manifest, tree: OutputTree) -> Iterator[FoundPage]:
    """Yield the pages that are looked for; after `mathmine clean`, without their texts."""
    for file in page_files(pages, tree):
        try:  # only ids and the like are read, and no file is hashed: there may be many
            table = tree.read_table(file, _PAGE, is_verified=True)
        except pa.ArrowException as error:
            raise tree.damaged(file.path, "it is not the file that its stage wrote") from error
        if rows := pc.indices_nonzero(_is_wanted(table, query)).to_pylist():
            columns = tree.read_table(file, _COLUMNS).take(rows).to_pylist()
            yield from (FoundPage(file, *found) for found in zip(rows, columns, strict=True))


def page_files(pages: Manifest, tree: OutputTree) -> list[Output]:
    """Return the shards of pages, or their copies without texts if `clean` removed them."""
    files = pages.parquet_in("pages")
    copies = read_manifest(WITHOUT_TEXT, tree)
    if not (copies and copies.complete) or all(tree.exists(file.path) for file in files):
        return files
    return copies.parquet_in(WITHOUT_TEXT)


def text_of(page: FoundPage, tree: OutputTree) -> str | None:
    """Return the text of a page as it was extracted, or None if `clean` removed it."""
    with tree.open_parquet(page.file) as parquet:
        if "text" not in parquet.schema_arrow.names:
            return None
        [(text,)] = read_rows(parquet, [page.row], ["text"])
        return str(text)


def _is_wanted(table: pa.Table, query: Query) -> pa.Array:
    if query.id is not None:
        return pc.equal(table.column("id"), query.id)
    if query.url_hash is not None:
        return pc.equal(table.column("url_hash"), query.url_hash)
    names = pc.unique(table.column("warc_file")).to_pylist()
    described = [name for name in names if query.describes_file(name)]
    is_file = pc.is_in(table.column("warc_file"), pa.array(described, pa.string()))
    return pc.and_(is_file, pc.equal(table.column("warc_offset"), query.offset))


def find_failures(query: Query, pages: Manifest, tree: OutputTree) -> Iterator[dict[str, Any]]:
    """Yield the rows of `failures/` that are looked for by URL or record."""
    for file in pages.parquet_in("failures"):
        if file.rows:
            for row in tree.read_table(file, [*_FAILURE, "stage", "reason", "message"]).to_pylist():
                if query.is_at(row["warc_file"], row["warc_offset"], 0, row["url"]):
                    yield row


def read_records_again(query: Query, pages: Manifest, tree: OutputTree) -> Iterator[FoundRecord]:
    """Read the WARC files again, and yield the records that are looked for.

    Raises InputError if the files are not where they were when the pages were made.
    """
    settings = Prepare(
        **pages.identity.settings
        | {
            "minhash": Minhash(**pages.identity.settings["minhash"]),
            "languages": tuple(pages.identity.settings["languages"]),
        }
    )
    warcs = [
        warc
        for warc in read_items("pages/_items.jsonl", WarcFile.from_json, tree)
        if warc.plan or query.describes_file(warc.name)
    ]
    read = 0
    with progress(f"looking for {query.text} in WARC files", len(warcs), lambda: read):
        for warc in warcs:
            if not tree.storage.exists(warc.path):
                raise InputError(f"{warc.path}: the WARC file is not there any more")
            yield from find_records(warc, query.is_at, settings, tree.storage)
            read += 1
