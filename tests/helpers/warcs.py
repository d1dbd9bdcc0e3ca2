"""WARC files for tests, written by hand or by warcio."""

import gzip
import io
import struct
import zlib

import zstandard

from transforms.warc.members import Damage
from transforms.warc.records import RawRecord, frame_records


def record(
    body=b"<p>text</p>",
    url="http://example.org/",
    kind="response",
    http=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
    more=(),
    length=None,
):
    """One record; `length` replaces the true Content-Length."""
    block = http + body
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2026-01-15T01:02:03Z",
        *more,
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def gzip_each(records):
    """A gzip member for each record."""
    return [gzip.compress(data, mtime=0) for data in records]


def gzip_member(
    data,
    *,
    extra=None,
    name=None,
    comment=None,
    header_checksum=False,
    extra_flags=0,
    system=255,
    mtime=0,
):
    """A gzip member with the optional fields of its header (RFC 1952, section 2.3)."""
    flags = header_checksum << 1 | (extra is not None) << 2
    flags |= (name is not None) << 3 | (comment is not None) << 4
    header = struct.pack("<3sBLBB", b"\x1f\x8b\x08", flags, mtime, extra_flags, system)
    if extra is not None:
        header += struct.pack("<H", len(extra)) + extra
    header += b"".join(text + b"\0" for text in (name, comment) if text is not None)
    if header_checksum:
        header += struct.pack("<H", zlib.crc32(header) & 0xFFFF)
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = compressor.compress(data) + compressor.flush()
    return header + body + struct.pack("<LL", zlib.crc32(data), len(data))


def gzip_blocks(data, size):
    """One stream in members of `size` bytes each, regardless of records (as bgzip does)."""
    return b"".join(gzip.compress(data[i : i + size], mtime=0) for i in range(0, len(data), size))


def zstd_each(records, dictionary=None, compress_dictionary=False):
    """Frames, after a skippable frame with their dictionary if there is one."""
    head = b""
    if dictionary is not None:
        content = zstandard.compress(dictionary) if compress_dictionary else dictionary
        head = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
        compressor = zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(dictionary))
    else:
        compressor = zstandard.ZstdCompressor()
    return [head] + [compressor.compress(data) for data in records]


def read(data):
    """Records and damage of a WARC file given as bytes."""
    return list(frame_records(io.BytesIO(data)))


def records_of(items):
    return [item.data.rstrip(b"\r\n") for item in items if isinstance(item, RawRecord)]


def damage_of(items):
    return [(item.reason, item.offset) for item in items if isinstance(item, Damage)]


def flip(data, start, count=8):
    """Damage some bytes of a file."""
    middle = bytes(byte ^ 0x5A for byte in data[start : start + count])
    return data[:start] + middle + data[start + count :]


def deflate_bomb(size):
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = bytes(1 << 20)
    parts = [compressor.compress(chunk) for _ in range(size >> 20)]
    return b"".join(parts) + compressor.flush()
