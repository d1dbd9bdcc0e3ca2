"""Read a file of columns by ranges: only what is asked for, and how much that was."""

import io
from typing import BinaryIO

from transforms.storage.files import Storage, has_ranges

_HEAD = 4  # bytes


class RangeFile(io.RawIOBase):
    """A seekable file, each read of which is one request if a client of ours reads the file.

    `bytes_read` and `requests` count what was read so far.
    """

    def __init__(self, path: str, storage: Storage) -> None:
        super().__init__()
        self._path, self._storage = path, storage
        self._open = None if has_ranges(path) else storage.open(path)
        self._position = self.bytes_read = self.requests = 0
        if self._open is not None:
            self._size = self._open.seek(0, io.SEEK_END)
        else:
            self._size = self._range(0, _HEAD, None)[1]

    def read(self, size: int | None = -1) -> bytes:
        """Return the next `size` bytes, fewer only at the end of the file."""
        left = self._size - self._position
        size = left if size is None or size < 0 else min(size, left)
        data = self._range(self._position, size, self._open)[0] if size > 0 else b""
        self._position += len(data)
        return data

    def _range(self, start: int, size: int, file: BinaryIO | None) -> tuple[bytes, int]:
        self.bytes_read += size
        if file is not None:
            file.seek(start)
            return file.read(size), self._size
        found = self._storage.read_range(self._path, start, size)
        self.requests += found.requests
        return found.data, found.file_bytes

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position, as files do."""
        self._position = (0, self._position, self._size)[whence] + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
        super().close()
