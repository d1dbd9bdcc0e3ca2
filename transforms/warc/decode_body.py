"""Remove the transfer and content codings of an HTTP body, as far as it has them.

Headers are often wrong: a body may be coded as its header says, in another way, twice, or not at
all, for crawlers and proxies decode bodies and keep the headers. So each coding is removed if the
body has it, and the result is never a page of compressed bytes.
"""

import codecs
from collections.abc import Sequence
from itertools import repeat

from transforms.warc.chunked import ChunkError, join_chunks
from transforms.warc.inflate_body import has_magic, inflate_body

_ALIASES = {
    "x-gzip": "gzip",
    "x-deflate": "deflate",
    "zlib": "deflate",
    "brotli": "br",
    "x-br": "br",
    "zst": "zstd",
    "x-zstd": "zstd",
}
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLANK = b"\xef\xbb\xbf \t\r\n"
_MAX_BLANK = 32  # bytes before encoded data: of a script that printed an empty line
_MAX_NAMES = 100  # of codings in a header
_MAX_INFLATED = 8  # codings that are inflated
_LEAST_INFLATED = 32  # bytes of damaged data without a magic number that are not chance
_SAMPLE = 1024  # bytes by which text and binary data are distinguished
# Without white space, NUL, and the bytes with which encodings of text switch character sets.
_CONTROLS = bytes(set(range(32)) - set(b"\0\t\n\f\r\x0e\x0f\x1b"))
_NON_ASCII = bytes(range(0x80, 0x100))
_MAX_CONTROLS = 0.03  # share of control characters in text; compressed data has .09
_MIN_UTF_16_NULS = 0.05  # share of NULs from which data is UTF-16; compressed data has .004


class BadEncodingError(ValueError):
    """A body that its headers declare as encoded, and that cannot be decoded to text."""


def decode_body(body: bytes, codings: Sequence[str], limit: int) -> bytes:
    """Return a body without its codings, or its first `limit` bytes if it is longer.

    `codings` are the names in the headers, in the order in which they were applied; unknown names
    and codings that the body does not have are skipped. Codings that no header names are removed
    too: gzip, zstd and complete chunks are recognised without one.
    Raises BadEncodingError if the headers name a coding and the result is not text, if inflating
    gives nothing, and if the body has more than 8 codings that inflate, or the headers name more
    than 100. Inflates to at most 8 times `limit` bytes.
    """
    if len(codings) > _MAX_NAMES:
        raise BadEncodingError(f"{len(codings)} encodings, over {_MAX_NAMES}")
    inflated = 0
    for coding in (*reversed(codings), *repeat("", 2 * _MAX_INFLATED)):
        decoded = _without(body, _ALIASES.get(coding, coding), limit)
        if decoded is None and not coding:
            break
        if decoded is None:
            continue
        inflated += coding != "chunked"
        if inflated > _MAX_INFLATED:
            raise BadEncodingError(f"over {_MAX_INFLATED} encodings, one in another")
        body = decoded
        if len(body) >= limit:
            return body[:limit]
    if codings and is_binary(body):
        raise BadEncodingError(f"not text, and not {', '.join(codings)}: {body[:20]!r}")
    return body


def _without(body: bytes, coding: str, limit: int) -> bytes | None:
    """Return a body without one coding, or None if it does not have it; "" is any."""
    if coding in ("chunked", ""):
        joined = _joined(body, is_declared=coding == "chunked")
        if joined is not None or coding == "chunked":
            return joined
    encoded = body[: _MAX_BLANK + 4].lstrip(_BLANK)
    encoded = body[len(body[: _MAX_BLANK + 4]) - len(encoded) :]
    return _inflated(encoded, coding, limit)


def _inflated(body: bytes, coding: str, limit: int) -> bytes | None:
    data, is_complete = inflate_body(body, coding, limit)
    is_certain = has_magic(body, coding)
    if is_complete:
        return data
    if data and (is_certain or (len(data) >= _LEAST_INFLATED and is_binary(body))):
        return data
    if is_certain:
        raise BadEncodingError(f"nothing can be inflated: {body[:20]!r}")
    return None


def _joined(body: bytes, is_declared: bool) -> bytes | None:
    """Return the data of a chunked body; if no header says that it is one, of a complete one."""
    try:
        chunks = join_chunks(body)
    except ChunkError as error:
        if is_declared:
            raise BadEncodingError(str(error)) from error
        return None
    if chunks is None or (not is_declared and not (chunks.is_complete and chunks.data)):
        return None
    return chunks.data


def is_binary(data: bytes) -> bool:
    """Return whether data begins like compressed or otherwise binary bytes instead of text."""
    sample = data[:_SAMPLE]
    if sample.startswith(_UTF_16_MARKS) or sample.count(0) > _MIN_UTF_16_NULS * len(sample):
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS + b"\0"))
    if controls > _MAX_CONTROLS * len(sample):
        return True
    high = len(sample) - len(sample.translate(None, _NON_ASCII))
    return 100 * controls > len(sample) and 4 * high > len(sample) and not _is_utf_8(sample)


def _is_utf_8(sample: bytes) -> bool:
    """Return whether a sample is UTF-8, except for a character that its end cuts."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    return True
