"""Read a WARC file: every record becomes a Capture, a Dropped with its reason, or a Damage."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from fastwarc.warc import WarcRecord, WarcRecordType

from transforms.warc.members import Damage, inflate, is_compressed
from transforms.warc.records import MAX_HEADER, RawRecord, frame_records

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_UNTYPED = ("", "application/octet-stream", "application/x-unknown-content-type", "unknown")
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
_BINARY_STARTS = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b")


@dataclass(frozen=True, slots=True)
class Capture:
    """An HTML page as the crawler received it, with content and transfer encodings removed.

    `content_type` is the HTTP header, or None; `offset` and `length` are those of RawRecord.
    """

    offset: int
    length: int
    url: str
    fetched_at: datetime | None
    content_type: str | None
    html: bytes


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record that does not become a page; the reasons are counted."""

    reason: str


def read_warc(file: BinaryIO, max_html_bytes: int) -> Iterator[Capture | Dropped | Damage]:
    """Yield one item per record of a seekable WARC file, plain, gzip or Zstandard.

    Reasons of Dropped: `not_response`, `not_http`, `status` (not 2xx), `not_html`, `empty`,
    `too_large` (more than `max_html_bytes`).
    """
    compressed = is_compressed(file.read(4))
    file.seek(0)
    for raw in frame_records(inflate(file), compressed):
        yield raw if isinstance(raw, Damage) else _classify(raw, max_html_bytes)


def crawl_name(file: BinaryIO) -> str | None:
    """Return the crawl that the warcinfo record names (`isPartOf`), or None; rewinds the file."""
    compressed = is_compressed(file.read(4))
    file.seek(0)
    first = next(frame_records(inflate(file), compressed), None)
    file.seek(0)
    if not isinstance(first, RawRecord):
        return None
    for line in first.data.splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"ispartof":
            return value.strip().decode("utf-8", "replace")
    return None


def _classify(raw: RawRecord, max_html_bytes: int) -> Capture | Dropped | Damage:
    record = WarcRecord.from_bytes(raw.data)
    if record.record_type != WarcRecordType.response:
        return Dropped("not_response")
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> \t")
    if not record.is_http or not url.lower().startswith(("http://", "https://")):
        return Dropped("not_http")
    try:
        record, html = _parse_http(raw, max_html_bytes + 1)
    except OSError as error:
        return Damage(raw.offset, "bad_http", str(error), url)
    content_type = record.http_headers.get("Content-Type")
    media_type = record.headers.get("WARC-Identified-Payload-Type") or content_type or ""
    if reason := _drop_reason(record.http_headers.status_code, media_type, html):
        return Dropped(reason)
    if len(html) > max_html_bytes or raw.size > len(raw.data):
        return Dropped("too_large")
    return Capture(raw.offset, raw.length, url, record.record_date, content_type, html)


def _parse_http(raw: RawRecord, limit: int) -> tuple[WarcRecord, bytes]:
    """Return the record and the first `limit` bytes of its body, with content encodings removed.

    A body that is not encoded as its headers declare is returned unchanged.
    """
    record = WarcRecord.from_bytes(raw.data)
    try:
        record.parse_http(auto_decode="all", max_header_len=MAX_HEADER, quirks_mode=True)
        return record, record.reader.read(limit)
    except OSError:
        record = WarcRecord.from_bytes(raw.data)
        record.parse_http(max_header_len=MAX_HEADER, quirks_mode=True)
        return record, record.reader.read(limit)


def _drop_reason(status: int | None, media_type: str, html: bytes) -> str | None:
    """Return why a response is not an HTML page, or None if it is one."""
    if status is None or not 200 <= status < 300:
        return "status"
    start = html[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if not start:
        return "empty"
    media_type = media_type.partition(";")[0].strip().lower()
    if media_type in _UNTYPED:
        return None if start.lower().startswith(_HTML_STARTS) else "not_html"
    if media_type not in _HTML_TYPES or start.startswith(_BINARY_STARTS):
        return "not_html"
    return None
