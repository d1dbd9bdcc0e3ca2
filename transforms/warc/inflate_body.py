"""Inflate an HTTP body in one content coding: gzip, deflate, br or zstd, whole or damaged.

Servers send what browsers accept: deflate without its zlib wrapper, gzip with bytes after it or a
wrong checksum, bodies that are cut. What can be inflated is returned, up to a limit.
"""

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli
import zstandard

_GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_RAW, _ZLIB, _GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16
_MAX_WINDOW = 1 << 27  # bytes; what zstd itself allows
_MAX_MEMBERS = 1000  # of gzip in one body
_MAX_REST = 64  # bytes after encoded data that has no magic number
_STEP = 512  # bytes of input per call where an error may follow
_CHUNK = 1 << 18  # bytes of output per call


@dataclass(frozen=True, slots=True)
class Inflated:
    """The inflated bytes, and whether their end or the limit was reached near that of the body."""

    data: bytes
    is_complete: bool


def coding_by_magic(body: bytes) -> str:
    """Return the coding of a body by its magic number, or ""."""
    if body.startswith(_GZIP_MAGIC):
        return "gzip"
    return "zstd" if body.startswith(_ZSTD_MAGIC) else ""


def inflate_body(body: bytes, coding: str, limit: int) -> Inflated:
    r"""Return at most `limit` bytes of a body without a coding.

    >>> inflate_body(zlib.compress(b"text"), "deflate", 100)
    Inflated(data=b'text', is_complete=True)
    """
    results = [inflater(body, limit) for inflater in _INFLATERS.get(coding, ())]
    by_size = sorted(results, key=lambda result: (result.is_complete, len(result.data)))
    return by_size[-1] if by_size else Inflated(b"", False)


def _gzip(body: bytes, limit: int) -> Inflated:
    """Inflate gzip members; bytes after them that are no member are ignored, as browsers do."""
    if not body.startswith(_GZIP_MAGIC):
        return _zlib(body, limit)
    parts: list[bytes] = []
    size, is_complete = 0, True
    for _ in range(_MAX_MEMBERS):
        data, is_complete, body = _deflate(body, limit - size, _GZIP)
        parts.append(data)
        size += len(data)
        if not (is_complete and size < limit and body.startswith(_GZIP_MAGIC)):
            break
    return Inflated(b"".join(parts), is_complete)


def _zlib(body: bytes, limit: int) -> Inflated:
    data, is_complete, rest = _deflate(body, limit, _ZLIB)
    return Inflated(data, is_complete and _is_near(len(rest), body))


def _raw(body: bytes, limit: int) -> Inflated:
    data, is_complete, rest = _deflate(body, limit, _RAW)
    return Inflated(data, is_complete and _is_near(len(rest), body))


def _is_near(rest: int, body: bytes) -> bool:
    """Return whether `rest` bytes after encoded data are few; random data often ends at once."""
    return rest <= max(_MAX_REST, len(body) // 8)


def _deflate(body: bytes, limit: int, wbits: int) -> tuple[bytes, bool, bytes]:
    """Return inflated bytes, whether they are complete, and the bytes after the encoded data."""
    inflater = zlib.decompressobj(wbits=wbits)
    try:
        data = inflater.decompress(body, limit)
    except zlib.error:
        return _damaged(body, limit, wbits), False, b""
    return data, inflater.eof or len(data) >= limit, inflater.unused_data


def _damaged(body: bytes, limit: int, wbits: int) -> bytes:
    """Inflate up to the byte that is an error: the checksum, in the best case."""
    inflater = zlib.decompressobj(wbits=wbits)
    parts: list[bytes] = []
    size = position = 0
    step = _STEP
    while position < len(body) and size < limit:
        before = inflater.copy()
        try:
            parts.append(inflater.decompress(body[position : position + step], limit - size))
        except zlib.error:
            if step == 1:
                break
            inflater, step = before, 1
            continue
        size += len(parts[-1])
        position += step
    return b"".join(parts)


def _brotli(body: bytes, limit: int) -> Inflated:
    data, position, is_complete = _brotli_until(body, limit, len(body))
    if position < len(body) and not is_complete:  # an error, maybe only after the end
        data, position, is_complete = _brotli_until(body, limit, position)
    is_near = _is_near(len(body) - position, body) or len(data) >= limit
    return Inflated(data, is_complete and is_near)


def _brotli_until(body: bytes, limit: int, exact: int) -> tuple[bytes, int, bool]:
    """Inflate a body by steps, byte by byte from `exact` on.

    Returns the inflated bytes, the position at which inflating ended, and whether they are
    complete.
    """
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    size = position = 0
    while size < limit and not decoder.is_finished():
        piece = b""
        if decoder.can_accept_more_data():
            piece = body[position : position + (1 if position >= exact else _STEP)]
            if not piece:
                break
        try:
            parts.append(decoder.process(piece, output_buffer_limit=_CHUNK))
        except brotli.error:
            return b"".join(parts), position, False
        position += len(piece)
        size += len(parts[-1])
    return b"".join(parts)[:limit], position, decoder.is_finished() or size >= limit


def _zstd(body: bytes, limit: int) -> Inflated:
    parts: list[bytes] = []
    size = 0
    decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    try:
        with decoder.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
            while size < limit and (data := reader.read1(min(_CHUNK, limit - size))):
                parts.append(data)
                size += len(data)
    except zstandard.ZstdError:
        return Inflated(b"".join(parts), False)
    return Inflated(b"".join(parts), size > 0)  # a frame that is cut does not raise


_INFLATERS: dict[str, tuple[Callable[[bytes, int], Inflated], ...]] = {
    "gzip": (_gzip,),
    "deflate": (_zlib, _raw),
    "br": (_brotli,),
    "zstd": (_zstd,),
}
