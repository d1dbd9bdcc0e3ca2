"""Read a remote file as a seekable one, over connections that fail.

A connection is opened at an offset and read until it fails; the next continues at the byte where it
ended. Readers of WARC files step back a little after each record, so the last blocks are kept.
"""

import io
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Protocol, cast

from schemas.errors import InputError
from transforms.storage.remote_access import RemoteAccess
from transforms.storage.request_turns import wait_for_turn

_BLOCK = 1 << 20  # bytes
_KEPT_BLOCKS = 8
_MAX_FAILURES = 12  # in a row without a byte in between: about ten minutes
_MAX_UNREACHABLE = 6  # before the first byte of a file, if no server answers: about a minute
_MAX_FAILURES_OF_FILE = 1000
_MAX_WAIT = 120.0  # seconds
_RETRY_INTERVAL = 1.0  # seconds between retries of all processes of a machine


class TransientError(Exception):
    """A request failed, and may succeed later: after `seconds`, if the server says so.

    `is_unreachable`: no server answered.
    """

    def __init__(self, reason: str, seconds: float = 0.0, *, is_unreachable: bool = False) -> None:
        super().__init__(reason)
        self.seconds, self.is_unreachable = seconds, is_unreachable


class Body(Protocol):
    """The bytes of a response."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, b"" at the end; raises TransientError."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A response: a body that begins at the offset that was asked for.

    `size` is that of the whole file, and `version` differs if its content does.
    """

    body: Body
    size: int
    version: str


class RemoteFile:
    """A seekable file for reading, of which `connect(offset)` opens a connection at an offset.

    `connect` raises TransientError, which is tried again, or InputError. Reading raises InputError
    if too many attempts in a row fail, or the file has changed meanwhile.
    """

    def __init__(
        self, url: str, connect: Callable[[int], Connection], access: RemoteAccess, start: int = 0
    ) -> None:
        """Open the file, with a first connection at `start`."""
        self._url, self._connect, self._access = url, connect, access
        self._host = url.partition("://")[2].partition("/")[0]
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._connection: Connection | None = None
        self._at = 0  # offset of the next byte of the connection
        self._position = 0
        self._failures = self._failures_of_file = 0
        self._size, self._version = -1, ""
        self.requests = 0  # sent so far, also those that failed
        self._open_at(start)

    @property
    def size(self) -> int:
        """The number of bytes of the file."""
        return self._size

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, fewer only at the end of the file."""
        end = self._size if size < 0 else min(self._size, self._position + size)
        parts = []
        while self._position < end:
            start = self._position - self._position % _BLOCK
            block = self._block(start)
            part = block[self._position - start : end - start]
            parts.append(part)
            self._position += len(part)
        return b"".join(parts)

    def read_exactly(self, start: int, size: int) -> bytes:
        """Return the `size` bytes at `start`, and no byte before or after them."""
        data = bytearray()
        while len(data) < size:
            data += self._bytes(start + len(data), size - len(data))
        return bytes(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position, as files do."""
        self._position = (0, self._position, self._size)[whence] + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the connection; nothing can be read any more that is not kept."""
        if self._connection is not None:
            self._connection.body.close()
            self._connection = None

    def __enter__(self) -> "RemoteFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def _block(self, start: int) -> bytes:
        """Return the block that begins at an offset."""
        if (known := self._blocks.get(start)) is not None:
            self._blocks.move_to_end(start)
            return known
        length = min(_BLOCK, self._size - start)
        data = bytearray()
        while len(data) < length:
            data += self._bytes(start + len(data), length - len(data))
        self._blocks[start] = block = bytes(data)
        if len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return block

    def _bytes(self, offset: int, size: int) -> bytes:
        """Return at least one and at most `size` bytes from an offset on."""
        while True:
            if self._connection is None or self._at != offset:
                self.close()
                self._open_at(offset)
            if self._connection is None:
                continue
            try:
                data = self._connection.body.read(size)
                if not data:
                    raise TransientError(f"the body ended at byte {offset} of {self._size}")
            except TransientError as error:
                self._fail(error)
            else:
                self._failures = 0
                self._at = offset + len(data)
                return data

    def _open_at(self, offset: int) -> None:
        """Open a connection at an offset, after as many attempts as it takes."""
        while True:
            wait_for_turn("request", self._host, 1 / self._access.requests_per_second)
            self.requests += 1
            try:
                connection = self._connect(offset)
            except TransientError as error:
                self._fail(error)
                continue
            if self._size < 0:
                self._size, self._version = connection.size, connection.version
            self._check_same(connection)
            self._connection, self._at = connection, offset
            return

    def _check_same(self, connection: Connection) -> None:
        if (connection.size, connection.version) != (self._size, self._version):
            connection.body.close()
            raise InputError(f"{self._url} has changed while it was read: run the command again")

    def _fail(self, error: TransientError) -> None:
        """Wait before the next attempt; raises InputError if it would be one too many."""
        self.close()
        self._failures += 1
        self._failures_of_file += 1
        is_dead = self._size < 0 and error.is_unreachable
        most = _MAX_UNREACHABLE if is_dead else _MAX_FAILURES
        if self._failures >= most or self._failures_of_file >= _MAX_FAILURES_OF_FILE:
            raise InputError(
                f"{self._url}: {error}, {self._failures} times in a row. Run the command again "
                "later to resume"
            ) from error
        longest = min(_MAX_WAIT, self._access.retry_seconds * 2**self._failures)
        wait = random.uniform(longest / 2, longest)  # not all at once
        time.sleep(max(min(error.seconds, _MAX_WAIT), wait))
        wait_for_turn("retry", self._host, min(_RETRY_INTERVAL, self._access.retry_seconds))


def buffered(file: RemoteFile) -> BinaryIO:
    """Return a remote file as Python's own files for reading are."""
    return cast(BinaryIO, io.BufferedReader(_RawFile(file), _BLOCK))


class _RawFile(io.RawIOBase):
    def __init__(self, file: RemoteFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, target: Any, /) -> int:
        data = self._file.read(len(target))
        target[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
