"""Parse an HTTP response as a crawler stored it: status, header fields and body."""

import re
from dataclasses import dataclass

from transforms.warc.header import Header, parse_header

MAX_HTTP_HEADER = 1 << 20  # bytes; a response whose header is longer is damaged
# An empty line, or the body at once: no header line begins with `<`.
_HEADER_END = re.compile(rb"\n(?:\r*\n|(?=<))")
_STATUS = re.compile(r"HTTP/\d(?:\.\d)?\s+(\d{3})(?!\d)", re.I)

_INTERIM = re.compile(rb"HTTP/\d(?:\.\d)? 1\d\d(?:[^\n]{0,999}\n){1,99}?\r?\n(?=HTTP/)", re.I)
_MAX_INTERIM = 5


class HttpError(ValueError):
    """Bytes that are not an HTTP response."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response: its status (None if there is none), and its body as it was transferred."""

    status: int | None
    header: Header
    body: bytes


def parse_response(data: bytes, start: int) -> Response:
    """Return the response in `data` from `start` on.

    Line ends are CRLF or LF. A response that ends within its header has an empty body. Interim
    responses (status 1xx) before the final one are skipped.
    Raises HttpError if the header is longer than MAX_HTTP_HEADER.
    """
    for _ in range(_MAX_INTERIM):
        if not (interim := _INTERIM.match(data, start)):
            break
        start = interim.end()
    end = _HEADER_END.search(data, start, start + MAX_HTTP_HEADER)
    if end is None and len(data) - start > MAX_HTTP_HEADER:
        raise HttpError(f"no empty line ends the HTTP header within {MAX_HTTP_HEADER} bytes")
    stop = end.end() if end else len(data)
    header = parse_header(data[start:stop])
    status = _STATUS.match(header.first_line)
    return Response(int(status[1]) if status else None, header, data[stop:])
