"""Divide the records to fetch into requests: neighbours in a file are fetched together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# At 4 requests a second, a request takes as long as 128 KiB at half a megabyte a second: a gap of
# that many bytes is cheaper to read than to skip, for all but the slowest links.
_MAX_GAP = 128 << 10
_MAX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """Bytes [start, stop) of a WARC file, and the records in them: offset and length."""

    warc_file: str
    start: int
    stop: int
    records: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Return the number of bytes that it fetches."""
        return self.stop - self.start

    def members(self, data: bytes) -> Iterator[bytes]:
        """Yield the bytes of each record, given those that were fetched."""
        for offset, length in self.records:
            yield data[offset - self.start : offset - self.start + length]


def requests_for(records: Iterable[tuple[str, int, int]]) -> Iterator[Request]:
    """Yield the requests for records (file, offset, length), sorted by file and offset.

    >>> [request.size for request in requests_for([("a", 0, 10), ("a", 90, 10), ("b", 0, 5)])]
    [100, 5]
    """
    last: Request | None = None
    for warc_file, offset, length in records:
        if last and _is_near(last, warc_file, offset, length):
            stop = max(last.stop, offset + length)
            last = Request(warc_file, last.start, stop, (*last.records, (offset, length)))
            continue
        if last:
            yield last
        last = Request(warc_file, offset, offset + length, ((offset, length),))
    if last:
        yield last


def _is_near(last: Request, warc_file: str, offset: int, length: int) -> bool:
    return (
        warc_file == last.warc_file
        and offset - last.stop <= _MAX_GAP
        and offset + length - last.start <= _MAX_BYTES
    )
