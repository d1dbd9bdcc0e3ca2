"""Remove the transfer and content codings of an HTTP body, as far as it has them.

Headers are often wrong: a body may be coded as its header says, in another way, twice, or not at
all, for crawlers and proxies decode bodies and keep the headers. So each coding is removed if the
body has it, and the result is never a page of compressed bytes.
"""

import codecs
from collections.abc import Sequence

from transforms.warc.chunked import ChunkError, Chunks, join_chunks
from transforms.warc.inflate_body import coding_by_magic, inflate_body

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
_MAX_BLANK = 32  # bytes of it before encoded data
_MAX_NAMES = 100  # of codings in a header
_MAX_LAYERS = 8  # codings that a body has
_LEAST_INFLATED = 32  # bytes that are not inflated by chance
_MAX_SHORT = 64  # bytes of an encoded body that may inflate to fewer
_LEAST_STORED = 0.8  # of the size of an encoded body that is not compressed
_SAMPLE = 1024  # bytes by which text and binary data are distinguished
# Without white space, NUL, and the bytes with which encodings of text switch character sets.
_CONTROLS = bytes(set(range(32)) - set(b"\0\t\n\f\r\x0e\x0f\x1b"))
_NON_ASCII = bytes(range(0x80, 0x100))
_MAX_CONTROLS = 0.03  # share of control characters in text; compressed data has .09
_MIN_UTF_16_NULS = 0.05  # share of NULs from which data is UTF-16; compressed data has .004
_MIN_UTF_16_RATIO = 4  # of NULs in every other byte to those between them
# Magic numbers of compressed data that is not inflated: xz, bzip2, compress, lz4, 7-Zip, zip.
_COMPRESSED = (
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x1f\x9d",
    b"\x04\x22\x4d\x18",
    b"7z\xbc\xaf\x27\x1c",
    b"PK\x03\x04",
)


class BadEncodingError(ValueError):
    """A body that its headers declare as encoded, and that cannot be decoded to text."""


class TooLargeError(ValueError):
    """A body that inflates to more than the limit."""


def decode_body(body: bytes, codings: Sequence[str], limit: int) -> bytes:
    """Return a body without its codings.

    `codings` are the names in the headers, in the order in which they were applied. A body may have
    them in another order, only some of them, or others: gzip, zstd and chunks are recognised
    without a name, and deflate and br are tried on binary data. Unknown names are
    skipped.
    Raises BadEncodingError if the headers name a coding and the result is not text, if nothing can
    be inflated, if the body has more than 8 codings, one in another, and if the headers name more
    than 100. Raises TooLargeError once anything inflates to more than `limit` bytes.
    """
    if len(codings) > _MAX_NAMES:
        raise BadEncodingError(f"{len(codings)} encodings, over {_MAX_NAMES}")
    pending = [_ALIASES.get(name, name) for name in reversed(codings)]
    for _ in range(_MAX_LAYERS + 1):
        layer = _outer_layer(body, pending, limit + 1)
        if layer is None:
            break
        name, body = layer
        if name in pending:
            pending.remove(name)
        if name != "chunked" and len(body) > limit:
            raise TooLargeError(f"over {limit} bytes")
    else:
        raise BadEncodingError(f"over {_MAX_LAYERS} encodings, one in another")
    if codings and is_binary(body):
        raise BadEncodingError(f"not text, and not {', '.join(codings)}: {body[:20]!r}")
    return body


def _outer_layer(body: bytes, pending: Sequence[str], limit: int) -> tuple[str, bytes] | None:
    """Return the name of the outermost coding of a body, and the body without it; None if none."""
    joined = _joined(body, is_declared="chunked" in pending)
    if joined is not None:
        return "chunked", joined
    marked = _without_blank(body)
    if coding := coding_by_magic(marked):
        inflated = inflate_body(marked, coding, limit)
        if not inflated.data and not inflated.is_complete:
            raise BadEncodingError(f"nothing can be inflated: {marked[:20]!r}")
        return coding, inflated.data
    return _unmarked_layer(body, pending, limit)


def _unmarked_layer(body: bytes, pending: Sequence[str], limit: int) -> tuple[str, bytes] | None:
    """Find the outermost coding of a body among those that have no magic number.

    Any bytes may inflate to a few others by chance, so the result must have a certain size: that of
    the body if the body is text, for which compressed data is only taken if it was stored.
    """
    is_text = not is_binary(body)
    least = max(_LEAST_STORED * len(body) if is_text else 0, _LEAST_INFLATED)
    names = dict.fromkeys(pending if is_text else (*pending, "deflate", "br"))
    results = [(name, inflate_body(body, name, limit)) for name in names]
    is_short = len(body) <= _MAX_SHORT and not (body.isascii() and is_text)
    for name, inflated in results:
        may_be_short = is_short and name in pending
        if inflated.is_complete and (may_be_short or len(inflated.data) >= least):
            return name, inflated.data
    for name, inflated in results:
        if name in pending and len(inflated.data) >= least:
            return name, inflated.data
    return None


def _without_blank(body: bytes) -> bytes:
    """Return a body without white space at its start, of a script that printed an empty line."""
    start = body[:_MAX_BLANK]
    return body[len(start) - len(start.lstrip(_BLANK)) :]


def _joined(body: bytes, *, is_declared: bool) -> bytes | None:
    """Return the data of a chunked body.

    If no header says that it is one, two sizes must, or one that is that of the rest of the body.
    """
    try:
        chunks = join_chunks(body)
    except ChunkError as error:
        if is_declared:
            raise BadEncodingError(str(error)) from error
        return None
    if chunks is None or not (is_declared or (chunks.data and _have_sizes(chunks, body))):
        return None
    return chunks.data


def _have_sizes(chunks: Chunks, body: bytes) -> bool:
    """Return whether a body has two chunk sizes, or one that is right: text may begin with one."""
    size = b"%x" % len(chunks.data)
    return chunks.sizes > 1 or body[:_MAX_BLANK].lower().lstrip(b"0 \t\r\n").startswith(size)


def is_binary(data: bytes) -> bool:
    """Return whether data begins like compressed or otherwise binary bytes instead of text."""
    if data.startswith(_COMPRESSED):
        return True
    sample = data[:_SAMPLE].lstrip(b"\0")
    if sample.startswith(_UTF_16_MARKS) or _is_utf_16(data[:_SAMPLE]):
        return False
    if sample.count(0) > _MIN_UTF_16_NULS * len(sample):  # padding, or binary
        sample = sample.replace(b"\0", b"")
    controls = len(sample) - len(sample.translate(None, _CONTROLS + b"\0"))
    if controls > _MAX_CONTROLS * len(sample):
        return True
    high = len(sample) - len(sample.translate(None, _NON_ASCII))
    return 100 * controls > len(sample) and 4 * high > len(sample) and not _is_utf_8(sample)


def _is_utf_16(sample: bytes) -> bool:
    """Return whether a sample has NULs in every other byte, as markup in UTF-16 has."""
    nuls = sorted((sample[::2].count(0), sample[1::2].count(0)))
    return nuls[1] > _MIN_UTF_16_NULS * len(sample) and nuls[1] > _MIN_UTF_16_RATIO * nuls[0]


def _is_utf_8(sample: bytes) -> bool:
    """Return whether a sample is UTF-8, except for a character that its end cuts."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    return True
