"""Read a file over HTTP or HTTPS, as `RemoteFile`: `open_http(url, access)`."""

import re
import threading
from importlib.metadata import version
from typing import cast

import requests
from urllib3.exceptions import HTTPError

from schemas.errors import InputError
from transforms.storage.remote_access import RemoteAccess
from transforms.storage.remote_file import Connection, RemoteFile, TransientError

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_LATER = frozenset((403, 408, 425, 429, 500, 502, 503, 504))  # 403 is how a CDN limits rates
_BLOCK = 1 << 16
# How files begin: a server that is overloaded may answer 200 with an error page.
_MAGIC = {
    "gz": (b"\x1f\x8b",),
    "parquet": (b"PAR1",),
    "zst": (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18"),
}
_MAX_HEAD = 4
_sessions = threading.local()  # of this thread, by contact: connections are used again


def open_http(
    url: str, access: RemoteAccess, start: int = 0, stop: int | None = None
) -> RemoteFile:
    """Open a file on the web as a seekable one, or only its bytes from `start` to `stop`.

    Raises InputError if there is no such file, or `access` names no contact. Interrupted bodies are
    continued; refusals (403, 429, 5xx), resets, stalls, and error pages in place of a compressed
    file are tried again, with growing waits.
    """
    if not access.contact:
        raise InputError(
            f"{url}: --contact is missing: an address or URL under which the server's operators "
            "can reach you; it becomes part of the User-Agent"
        )
    session = _session(access.contact)

    def connect(offset: int) -> Connection:
        headers = {"Range": f"bytes={offset}-{'' if stop is None else stop - 1}"}
        return _connect(session, url, offset, headers, access.timeout)

    return RemoteFile(url, connect, access, start)


def _session(contact: str) -> requests.Session:
    by_contact: dict[str, requests.Session] = _sessions.__dict__.setdefault("by_contact", {})
    if contact not in by_contact:
        session = by_contact[contact] = requests.Session()
        session.headers["User-Agent"] = f"mathmine/{version('mathmine')} (+{contact})"
        session.headers["Accept-Encoding"] = "identity"
    return by_contact[contact]


def _connect(
    session: requests.Session, url: str, offset: int, headers: dict[str, str], timeout: float
) -> Connection:
    try:
        response = session.get(url, headers=headers, stream=True, timeout=timeout)
    except (requests.exceptions.SSLError, requests.exceptions.InvalidURL) as error:
        raise InputError(f"{url}: {error}") from error
    except requests.RequestException as error:
        raise TransientError(type(error).__name__, is_unreachable=True) from error
    try:
        return _connection(response, url, offset)
    except BaseException:
        response.close()
        raise


def _connection(response: requests.Response, url: str, offset: int) -> Connection:
    """Return the connection of a response; raises InputError for a file that cannot be had."""
    status = response.status_code
    if status in _LATER:
        after = response.headers.get("Retry-After", "")
        raise TransientError(f"HTTP status {status}", float(after) if after.isdecimal() else 0.0)
    if status == 416 and not offset:
        return Connection(_Body(response, b""), 0, "")  # an empty file has no ranges
    if status == 416:
        raise InputError(f"{url} is shorter than its server said: run the command again")
    if status not in (200, 206):
        raise InputError(f"{url}: HTTP status {status} {response.reason}")
    start, size = _range(response, offset)
    head = b"" if start else _read(response, _MAX_HEAD)
    suffix = url.partition("?")[0].rpartition(".")[2]
    if not start and size and suffix in _MAGIC and not head.startswith(_MAGIC[suffix]):
        raise TransientError(f"an error page in place of a {suffix} file")
    body = _Body(response, head)
    while start < offset:  # the server knows no ranges
        skipped = body.read(min(_BLOCK, offset - start))
        if not skipped:
            raise TransientError(f"the body ended at byte {start} of {size}")
        start += len(skipped)
    tag = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
    return Connection(body, size, tag)


def _range(response: requests.Response, offset: int) -> tuple[int, int]:
    """Return the offset at which the body of a response begins, and the size of the file."""
    length = int(response.headers.get("Content-Length") or -1)
    if response.status_code == 200:
        if length < 0:
            raise TransientError("a response without a length")
        return 0, length
    match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != offset:
        raise TransientError("a response with another range than was asked for")
    return offset, int(match[2])


class _Body:
    """The bytes of a response, of which `head` has been read already."""

    def __init__(self, response: requests.Response, head: bytes) -> None:
        self._response, self._head = response, head

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; raises TransientError."""
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return _read(self._response, size)

    def close(self) -> None:
        """Close the connection."""
        self._response.close()


def _read(response: requests.Response, size: int) -> bytes:
    try:
        return cast(bytes, response.raw.read(size, decode_content=False))
    except (HTTPError, OSError) as error:
        raise TransientError(type(error).__name__) from error
