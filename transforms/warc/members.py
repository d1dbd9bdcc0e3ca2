"""Inflate a WARC file member by member, resynchronising after a damaged one.

A `.warc.gz` is a sequence of gzip members, usually one per record (WARC 1.1, annex D); a
`.warc.zst` is a sequence of Zstandard frames (see `zstd_dictionary.py`). Readers that hand the
whole file to one inflater stop at the first bad byte, most of them silently. Here a member is used
only if it inflates to its end and its checksum matches; after a bad one, the scan resumes at the
next offset that begins a member: a header like that of the file's first member, or bytes that
inflate.
"""

import re
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import zstandard

from transforms.warc.zstd_dictionary import Prologue, is_skippable, read_prologue

MAX_HELD = 16 << 20  # bytes of one member held until its checksum; a longer one is not checked
_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_MAGIC = re.compile(re.escape(_GZIP) + b"|" + re.escape(_ZSTD))
_RECORD = b"WARC/"  # how a record begins
_PLAIN_BLOCK = 1 << 20
_SCAN_BLOCK = 1 << 16
_MAX_REREAD = 1 << 28  # bytes that are inflated once more to find members after damage
_TRIAL = 1 << 12  # bytes of input per call while it is tried whether a member begins
_MAX_TRIAL = 1 << 18  # bytes that are read, or inflated, of a member without a record
_HEAD = 10  # bytes of a gzip header without its optional fields (RFC 1952)


@dataclass(frozen=True, slots=True)
class Piece:
    """Uncompressed bytes, and the member of the file that they come from.

    `first`: whether `data` begins the member, which is bytes [start, stop) of the file. `stop` is
    None except in its last piece. An uncompressed file is a single member.
    """

    data: bytes
    start: int
    first: bool
    stop: int | None


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes from `offset` on that cannot be read as a record; they become one failure."""

    offset: int
    reason: str
    message: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Codec:
    magic: bytes
    signature: Callable[[bytes], bytes]  # of a header: equal if one program wrote both
    inflater: Callable[[], Any]
    error: type[Exception]
    read_size: int  # bytes of input per call: bounds what one call can inflate to


@dataclass(slots=True)
class _Budget:
    """Bytes that may still be inflated more than once: hostile members begin in one another."""

    left: int


class _EndOfFileError(Exception):
    pass


def compressed_start(file: BinaryIO) -> int | None:
    """Return the offset of a file's first member; None if it is not compressed.

    It is not 0 if the first bytes of the file are damaged.
    """
    file.seek(0)
    head = file.read(4)
    if head.startswith((_GZIP, _ZSTD)) or is_skippable(head):
        return 0
    block = head + file.read(_PLAIN_BLOCK)
    if _RECORD in block:
        return None
    budget = _Budget(_MAX_REREAD)
    for magic in _MAGIC.finditer(block):
        codec = _gzip() if magic[0] == _GZIP else _zstd(None)
        if _inflates(file, codec, magic.start(), budget)[0]:
            return magic.start()
    return None


def inflate(file: BinaryIO, start: int = 0) -> Iterator[Piece | Damage]:
    """Yield the uncompressed bytes of a seekable WARC file, and Damage where they do not inflate.

    `start` is the offset of the first member to inflate. Reasons: `damaged_member` (bytes that do
    not inflate or fail their checksum, up to the next member), `cut_short` (the file ends inside a
    member) and `bad_dictionary` (of the file; frames that need it are damaged members).
    """
    first = compressed_start(file)
    file.seek(first or 0)
    if first is None:
        yield from _plain(file)
        return
    if first and not start:
        yield Damage(0, "damaged_member", "no member begins at the start of the file")
    if file.read(len(_GZIP)) == _GZIP:
        yield from _members(file, _gzip(), max(start, first))
        return
    prologue = read_prologue(file) if first == 0 else Prologue(None, first)
    if prologue.error and not start:
        yield Damage(0, "bad_dictionary", prologue.error)
    yield from _members(file, _zstd(prologue.dictionary), max(start, prologue.start))


def _plain(file: BinaryIO) -> Iterator[Piece]:
    first = True
    while data := file.read(_PLAIN_BLOCK):
        yield Piece(data, 0, first, None)
        first = False


def _gzip() -> _Codec:
    def flags_and_system(head: bytes) -> bytes:
        return head[:4] + head[8:10]  # without the modification time between them

    def inflater() -> Any:
        return zlib.decompressobj(wbits=31)

    return _Codec(_GZIP, flags_and_system, inflater, zlib.error, read_size=1 << 16)


def _zstd(dictionary: zstandard.ZstdCompressionDict | None) -> _Codec:
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)

    def magic_and_descriptor(head: bytes) -> bytes:
        return head[:5]

    inflater, error = decompressor.decompressobj, zstandard.ZstdError
    return _Codec(_ZSTD, magic_and_descriptor, inflater, error, read_size=1 << 12)


def _members(file: BinaryIO, codec: _Codec, start: int) -> Iterator[Piece | Damage]:
    file.seek(start)
    pending = file.read(codec.read_size)
    signature = codec.signature(pending)
    budget = _Budget(_MAX_REREAD)
    while pending:
        try:
            start, pending = yield from _member(file, codec, start, pending)
        except (codec.error, _EndOfFileError) as error:
            error_position = file.tell() - codec.read_size
            budget.left -= max(error_position - start, 0)
            if _is_padding(file, start):
                return
            searched = start if budget.left > 0 else max(start, error_position)
            resume = _next_member(file, codec, signature, searched + 1, budget)
            cut = resume is None and isinstance(error, _EndOfFileError)
            yield Damage(start, "cut_short" if cut else "damaged_member", str(error))
            if resume is None:
                return
            start = resume
            file.seek(start)
            pending = file.read(codec.read_size)


def _member(
    file: BinaryIO, codec: _Codec, start: int, pending: bytes
) -> Generator[Piece, None, tuple[int, bytes]]:
    """Yield the pieces of the member at `start`; return offset and first bytes of the next one."""
    inflater = codec.inflater()
    held, size, first, position = [], 0, True, start
    while True:
        held.append(inflater.decompress(pending))
        size += len(held[-1])
        position += len(pending)
        if inflater.eof:
            break
        if size > MAX_HELD:
            yield Piece(b"".join(held), start, first, None)
            held, size, first = [], 0, False
        pending = file.read(codec.read_size)
        if not pending:
            raise _EndOfFileError(f"the file ends {position - start} bytes into the member")
    stop = position - len(inflater.unused_data)
    yield Piece(b"".join(held), start, first, stop)
    return stop, inflater.unused_data or file.read(codec.read_size)


def _is_padding(file: BinaryIO, start: int) -> bool:
    """Return whether the file has only zero bytes from `start` on."""
    file.seek(start)
    block = file.read(_HEAD)
    while block:
        if block.strip(b"\0"):
            return False
        block = file.read(_SCAN_BLOCK)
    return True


def _next_member(
    file: BinaryIO, codec: _Codec, signature: bytes, start: int, budget: "_Budget"
) -> int | None:
    """Return the first offset at or after `start` at which a member begins, or None."""
    overlap = _HEAD - 1  # a header that the end of a block cuts is whole in the next block
    file.seek(start)
    block, position = file.read(_SCAN_BLOCK), start
    while len(block) >= len(codec.magic):
        index = block.find(codec.magic)
        while index >= 0:
            head = block[index : index + _HEAD]
            offset = position + index
            if codec.signature(head) == signature or any(_inflates(file, codec, offset, budget)):
                return offset
            index = block.find(codec.magic, index + 1)
        position += max(len(block) - overlap, 1)
        file.seek(position)
        block = file.read(_SCAN_BLOCK)
    return None


def _inflates(file: BinaryIO, codec: _Codec, offset: int, budget: _Budget) -> tuple[bool, bool]:
    """Return whether the bytes at `offset` inflate to the start of a record, and to a near end."""
    inflater, read, size, head = codec.inflater(), 0, 0, b""
    file.seek(offset)
    while max(read, size) <= _MAX_TRIAL and budget.left > 0 and (chunk := file.read(_TRIAL)):
        read += len(chunk)
        budget.left -= len(chunk)
        try:
            data = inflater.decompress(chunk)
        except codec.error:
            break
        head, size = (head + data)[: len(_RECORD)], size + len(data)
        if inflater.eof or head == _RECORD:
            return head == _RECORD, inflater.eof
    return False, False
