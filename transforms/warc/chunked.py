"""Join the chunks of an HTTP body in the chunked transfer coding (RFC 9112, section 7.1)."""

import re
from dataclasses import dataclass

_SIZE_LINE = rb"[ \t]*([0-9a-fA-F]{1,64})[ \t]*(?:;[^\n]{0,65536})?\r*\n"
_FIRST_SIZE = re.compile(rb"[ \t\r\n]{0,16}" + _SIZE_LINE)
_NEXT_SIZE = re.compile(rb"\r*\n" + _SIZE_LINE)


class ChunkError(ValueError):
    """A body whose chunk sizes are wrong."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """The data of a chunked body, and the number of chunk sizes in it, with that of the last."""

    data: bytes
    sizes: int


def join_chunks(body: bytes) -> Chunks | None:
    r"""Return the data of a chunked body.

    Returns None if the body does not begin with a chunk size: then it is not chunked, whatever its
    header says. Lines may end in LF, sizes may have extensions, and trailer fields are dropped. A
    body that is cut, or broken after its second chunk size, is returned up to there.
    Raises ChunkError if the first chunk does not have its size.

    >>> join_chunks(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
    Chunks(data=b'abcde', sizes=3)
    """
    size_line = _FIRST_SIZE.match(body)
    if size_line is None:
        return None
    chunks: list[bytes] = []
    while size_line and (size := min(int(size_line[1], 16), len(body))):
        start = size_line.end()
        chunks.append(body[start : start + size])
        size_line = _NEXT_SIZE.match(body, start + size)
        if size_line is None and len(chunks) == 1 and not _is_cut(body, start + size):
            raise ChunkError(f"no chunk size follows the first chunk of {size} bytes")
    return Chunks(b"".join(chunks), len(chunks) + (size_line is not None))


def _is_cut(body: bytes, position: int) -> bool:
    """Return whether the body ends at `position`, or within the size line there."""
    rest = body[position : position + 64].lstrip(b"\r\n")
    return len(body) - position < 64 and b"\n" not in rest
