"""Compute the digest of a file while it is read."""

import hashlib
import io
from typing import BinaryIO


class HashedFile:
    """A seekable file, of which `sha256` is the digest: each byte is hashed when first read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._hashed = self._position = 0

    def read(self, size: int = -1) -> bytes:
        """Read like the file itself."""
        data = self._file.read(size)
        known = self._hashed - self._position  # bytes of `data` that were read before
        self._position += len(data)
        if 0 <= known < len(data):
            self._digest.update(memoryview(data)[known:])
            self._hashed = self._position
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Seek like the file itself."""
        self._position = self._file.seek(offset, whence)
        return self._position

    def tell(self) -> int:
        """Return the current position."""
        return self._position

    def sha256(self) -> str:
        """Return the SHA-256 of the whole file, in hexadecimal, after reading what is left."""
        self.seek(self._hashed)
        while self.read(1 << 20):
            pass
        return self._digest.hexdigest()
