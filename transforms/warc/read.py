"""Read a WARC file: every record becomes a Capture, a Dropped with its reason, or a Damage."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from transforms.warc.decode_body import BadEncodingError, TooLargeError, decode_body, is_binary
from transforms.warc.http import HttpError, Response, parse_response
from transforms.warc.media_type import is_blank, is_html, may_be_html, media_type
from transforms.warc.members import Damage
from transforms.warc.records import RawRecord, frame_records

_MAX_WARCINFO = 1 << 16  # bytes of the first record that are searched for the name of the crawl
_NO_CODINGS = ("", "identity", "x-identity", "none", "binary", "8bit", "7bit", "utf-8", "utf8")


@dataclass(frozen=True, slots=True)
class Capture:
    """An HTML page as the crawler received it, with content and transfer encodings removed.

    `content_type` is the HTTP header, or None; `offset`, `number` and `length` are those of
    RawRecord.
    """

    offset: int
    number: int
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

    See `read_records` and `read_capture`.
    """
    for raw in read_records(file):
        yield raw if isinstance(raw, Damage) else read_capture(raw, max_html_bytes)


def read_records(file: BinaryIO) -> Iterator[RawRecord | Damage]:
    """Yield the records of a file; a file without any is a Damage with the reason `empty_file`."""
    is_empty = True
    for raw in frame_records(file):
        is_empty = False
        yield raw
    if is_empty:
        yield Damage(0, "empty_file", "the file has no records")


def crawl_name(file: BinaryIO) -> str | None:
    """Return the crawl that the warcinfo record names (`isPartOf`), or None; rewinds the file."""
    first = next(frame_records(file), None)
    file.seek(0)
    if not isinstance(first, RawRecord):
        return None
    for line in first.data[:_MAX_WARCINFO].splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"ispartof":
            return value.strip().decode("utf-8", "replace")
    return None


def url_of(raw: RawRecord) -> str:
    """Return the URL of a record, or ""; wget puts it between angle brackets."""
    return raw.header.first("warc-target-uri").strip("<> \t")


def read_capture(raw: RawRecord, max_html_bytes: int) -> Capture | Dropped | Damage:
    """Return the page of a record, or why it is none.

    Reasons of Dropped: `not_response`, `not_http`, `status` (not 2xx), `not_html`, `empty`,
    `too_large` (more than `max_html_bytes`). Reasons of Damage: `bad_http` (no HTTP response),
    `bad_encoding` (see `decode_body`).
    """
    if raw.header.first("warc-type").lower() != "response":
        return Dropped("not_response")
    url = url_of(raw)
    if not _is_http(raw) or not url.lower().startswith(("http://", "https://")):
        return Dropped("not_http")
    try:
        response = parse_response(raw.data, raw.block)
        html = _page(raw, response, max_html_bytes)
    except HttpError as error:
        return Damage(raw.offset, "bad_http", str(error), url)
    except BadEncodingError as error:
        return Damage(raw.offset, "bad_encoding", str(error), url)
    if isinstance(html, Dropped):
        return html
    fetched_at = _time(raw.header.first("warc-date"))
    content_type = response.header.all("content-type") or None
    return Capture(raw.offset, raw.number, raw.length, url, fetched_at, content_type, html)


def _is_http(raw: RawRecord) -> bool:
    content_type = raw.header.first("content-type").lower()
    return content_type.startswith("application/http") or raw.data.startswith(b"HTTP/", raw.block)


def _page(raw: RawRecord, response: Response, max_html_bytes: int) -> bytes | Dropped:
    """Return the HTML of a response, or why it is no page."""
    if response.status is None or not 200 <= response.status < 300:
        return Dropped("status")
    if is_blank(response.body):
        return Dropped("empty")
    identified = raw.header.first("warc-identified-payload-type")
    name = media_type(identified or response.header.all("content-type"))
    if not may_be_html(name):
        return Dropped("not_html")
    try:
        html = decode_body(response.body, _codings(response), max_html_bytes)
    except TooLargeError:
        return Dropped("too_large")
    if is_blank(html):
        return Dropped("empty")
    if is_binary(html) or not is_html(name, html):
        return Dropped("not_html")
    if len(html) > max_html_bytes or raw.size > len(raw.data):
        return Dropped("too_large")
    return html


def _codings(response: Response) -> list[str]:
    """Return the names of the codings of a body, in the order in which they were applied."""
    names: list[str] = []
    for field in ("content-encoding", "transfer-encoding"):
        listed = response.header.all(field).lower().split(",")
        names += (name.partition(";")[0].strip(" \t\"'") for name in listed)
    return [name for name in names if name not in _NO_CODINGS]


def _time(date: str) -> datetime | None:
    """Return a WARC-Date in UTC, or None if it is missing or wrong.

    >>> _time("2026-01-15T01:02:03.123456789Z")
    datetime.datetime(2026, 1, 15, 1, 2, 3, 123456, tzinfo=datetime.timezone.utc)
    """
    try:
        is_compact = len(date) == 14 and date.isdigit()  # as in ARC files
        time = datetime.fromisoformat(f"{date[:8]}T{date[8:]}" if is_compact else date.upper())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
