"""Frame the records of a WARC file, resynchronising after broken ones.

A record is a version line, header lines, an empty line, Content-Length bytes and two line ends
(WARC 1.1, section 4). Lines may end in CRLF or LF. A wrong Content-Length costs only its own
record: it is trusted only if a record or the end of the file follows.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from transforms.warc.header import Header, parse_header
from transforms.warc.members import Damage, Piece, compressed_start, inflate

MAX_HEADER = 1 << 20  # bytes of header lines; a record with more is damaged
MAX_RECORD = 16 << 20  # bytes kept of one record: no page is longer

_VERSION_LINE = rb"WARC/\d\.\d{1,2}[ \t]{0,9}\r{0,16}\n"
_FIELD_END = rb"[ \t]{0,9}:"
# Where a line begins, or amid one, as after a record that a killed crawler did not finish.
_RECORD_START = re.compile(
    rb"(?:\A|(?<=\n))"
    + _VERSION_LINE
    + rb"[\w!#$%&'*+.^`|~-]{1,64}"
    + _FIELD_END
    + rb"|"
    + _VERSION_LINE
    + rb"(?i:WARC|Content)-[a-zA-Z-]{1,60}"
    + _FIELD_END
)
_LINE_ENDS = re.compile(rb"[\r\n]*+")
_BEGINS_A_RECORD = re.compile(rb"[\r\n]*+WARC/")
_MAX_LINE_ENDS = 16  # bytes after a record that are searched for its line ends
_OVERLAP = 256  # bytes kept when a search continues, so that no record start is cut
_HEADER_END = re.compile(rb"\n\r{0,16}\n")
_HEADER_END_SIZE = 18  # bytes, at most
_CONTENT_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_MAX_REWINDS = 8  # per member, after a length that was wrong by more than MAX_RECORD
_OTHER_FORMATS = {
    b"filedesc://": "an ARC file: convert it with `warcio recompress`",
    b"\x04\x22\x4d\x18": "compressed with lz4: convert it with `fastwarc recompress`",
    b"PK\x03\x04": "a zip or WACZ archive: unpack it and use the WARC files in it",
    b"BZh": "compressed with bzip2: only plain, gzip and zst are supported",
    b"\xfd7zXZ": "compressed with xz: only plain, gzip and zst are supported",
}


@dataclass(frozen=True, slots=True)
class RawRecord:
    """The bytes of one record, header included, and where they are in the file.

    `size` is its uncompressed length in bytes; `data` is truncated at MAX_RECORD, and the block
    begins at `data[block:]`. Bytes [offset, offset + length) of the file hold the record and
    nothing else. Records that share a compressed member have its `offset`, `length` 0, and
    consecutive numbers from 0; the number of any other record is 0.
    """

    offset: int
    number: int
    length: int
    size: int
    data: bytes
    header: Header
    block: int


def frame_records(file: BinaryIO) -> Iterator[RawRecord | Damage]:
    """Yield every complete record of a seekable file, and one Damage for each range without one.

    Reasons, besides those of `inflate`: `bad_length` (no Content-Length, or one that reaches into
    the next record), `bad_header` (a header without an end), `no_record` (bytes that do not begin a
    record) and `cut_short` (the file ends inside a record).
    """
    compressed = compressed_start(file) is not None
    source = _Source(file)
    while source.piece is not None or source.damage is not None:
        segment = _Segment(source, compressed)
        if source.after_damage:  # the rest of a lost record belongs to the same Damage
            segment.find_record(0)
        yield from _records(segment)
        if damage := source.take_damage():
            yield damage


def _records(segment: "_Segment") -> Iterator[RawRecord | Damage]:
    while segment.skip_line_ends():
        try:
            record = _take_record(segment)
        except _BrokenError as broken:
            if segment.source.damage is not None:
                return  # the record is incomplete because damage follows it
            yield Damage(segment.offset(), broken.reason, str(broken))
            segment.find_record(1)
        else:
            yield record
        segment.records += 1


class _BrokenError(Exception):
    """The segment does not begin with a complete record."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _take_record(segment: "_Segment") -> RawRecord:
    """Remove the record at the front of the segment; raise, and keep the bytes, if it is broken."""
    offset, number = segment.offset(), segment.number()
    block = _header_size(segment)
    header = parse_header(bytes(memoryview(segment.buffer)[:block]))
    content_length = ", ".join(dict.fromkeys(header.fields.get("content-length", ())))
    if not _CONTENT_LENGTH.fullmatch(content_length):
        raise _BrokenError("bad_length", f"Content-Length is {content_length[:40]!r}")
    size = block + int(content_length)
    kept = min(size, MAX_RECORD)
    if not segment.fill(kept):
        raise _incomplete(segment, size, len(segment.buffer))
    if size == kept:
        segment.check_end(block, size)
        data = bytes(memoryview(segment.buffer)[:kept])
        segment.drop(size)
    else:
        data = bytes(memoryview(segment.buffer)[:kept])
        _discard(segment, size)
    segment.fill(_MAX_LINE_ENDS)
    segment.drop_line_ends(_MAX_LINE_ENDS)
    if not segment.compressed:
        length = segment.position - offset
    else:
        length = segment.stop - segment.start if segment.holds_one_record() else 0
    return RawRecord(offset, number, length, size, data, header, block)


def _discard(segment: "_Segment", size: int) -> None:
    """Remove a record that is not held as a whole; raise, and keep the bytes, if it is broken."""
    start = segment.position
    if segment.compressed:
        if missing := segment.discard(size):
            if segment.source.damage is None:
                segment.rewind(start)
            raise _incomplete(segment, size, size - missing)
        segment.fill(_MAX_LINE_ENDS)
        if not _follows_a_record(segment.buffer) and segment.rewind(start):
            raise _BrokenError("bad_length", "Content-Length reaches into the next record")
        return
    after, end = segment.source.peek(start + size)
    if start + size > end:
        raise _incomplete(segment, size, end - start)
    if not _follows_a_record(after):
        raise _BrokenError("bad_length", "no record follows after Content-Length bytes")
    segment.discard(size)


def _follows_a_record(data: bytes | bytearray) -> bool:
    """Return whether line ends, and then the start of a record or the end of the data, follow."""
    rest = bytes(data[:_MAX_LINE_ENDS]).lstrip(b"\r\n")
    return b"WARC/".startswith(rest[:5])


def _header_size(segment: "_Segment") -> int:
    """Return the length of version line, header lines and empty line."""
    segment.fill(_OVERLAP)
    if not _RECORD_START.match(segment.buffer):
        raise _BrokenError("no_record", _describe(segment.buffer))
    size = segment.find_header_end()
    if not size:
        raise _BrokenError("bad_header", f"no empty line ends the header in {MAX_HEADER} bytes")
    if _find_start(segment.buffer, 1, size) >= 0:
        raise _BrokenError("bad_header", "no empty line ends the header before the next record")
    return size


def _find_start(buffer: bytearray, start: int, stop: int) -> int:
    """Return the first position in [start, stop) at which a record begins, or -1."""
    position = buffer.find(b"WARC/", start, stop)
    while position >= 0 and not _RECORD_START.match(buffer, position, stop):
        position = buffer.find(b"WARC/", position + 1, stop)
    return position


def _describe(data: bytearray) -> str:
    """Return a message that says what the bytes are if they do not begin a record."""
    formats = (name for magic, name in _OTHER_FORMATS.items() if data.startswith(magic))
    return next(formats, f"no record begins here: {bytes(data[:40])!r}")


def _incomplete(segment: "_Segment", size: int, available: int) -> _BrokenError:
    message = f"only {available} of the {size} bytes of the record exist"
    cut = not segment.compressed and _find_start(segment.buffer, 1, len(segment.buffer)) < 0
    return _BrokenError("cut_short" if cut else "bad_length", message)


class _Source:
    """The pieces of a file, with one piece of lookahead."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.pieces = inflate(file)
        self.after_damage = False
        self.advance()

    def restart(self, start: int) -> None:
        """Continue with the member at `start`."""
        self.pieces = inflate(self.file, start)
        self.advance()

    def peek(self, position: int) -> tuple[bytes, int]:
        """Return some bytes at a position of an uncompressed file, and the size of the file."""
        current = self.file.tell()
        end = self.file.seek(0, io.SEEK_END)
        self.file.seek(min(position, end))
        data = self.file.read(_MAX_LINE_ENDS)
        self.file.seek(current)
        return data, end

    def advance(self) -> None:
        piece = next(self.pieces, None)
        self.piece = piece if isinstance(piece, Piece) else None
        self.damage = piece if isinstance(piece, Damage) else None

    def take_damage(self) -> Damage | None:
        """Consume the damage that comes next, if any, and return it."""
        damage = self.damage
        self.after_damage = damage is not None
        if damage is not None:
            self.advance()
        return damage


class _Segment:
    """Consecutive pieces up to the next member that begins a record: one member, in most files.

    It is read on demand and ends at damage.
    """

    def __init__(self, source: _Source, compressed: bool) -> None:
        self.source = source
        self.compressed = compressed
        self.buffer = bytearray()
        self.position = 0  # of buffer[0], from the start of the segment
        self.header_end = 0  # position of the last end of a header that was found
        self.no_header_end = 0  # position up to which there is none after that
        self.records = 0
        self.rewinds = 0
        self.start = self.stop = source.piece.start if source.piece else 0
        if source.piece:
            self._append(source.piece)
        if self.buffer.startswith(codecs.BOM_UTF8):  # of an editor that saved a plain file
            self.drop(len(codecs.BOM_UTF8))

    def _append(self, piece: Piece) -> None:
        self.buffer += piece.data
        self.stop = piece.stop or self.stop
        self.source.advance()

    def fill(self, size: int) -> bool:
        """Read until the buffer holds `size` bytes; return False if the segment is shorter."""
        while len(self.buffer) < size:
            piece = self.source.piece
            if piece is None:
                return False
            if piece.first and _BEGINS_A_RECORD.match(piece.data):
                return False
            self._append(piece)
        return True

    def drop(self, size: int) -> None:
        """Remove the first `size` bytes, all of which the buffer holds."""
        del self.buffer[:size]
        self.position += size

    def discard(self, size: int) -> int:
        """Remove `size` bytes, buffered or not; return how many of them the segment lacks."""
        while size > len(self.buffer):
            size -= len(self.buffer)
            self.drop(len(self.buffer))
            if not self.fill(1):
                return size
        self.drop(size)
        return 0

    def rewind(self, position: int) -> bool:
        """Return to a position in a compressed segment; return False after too many times."""
        if self.rewinds >= _MAX_REWINDS:
            return False
        self.rewinds += 1
        self.source.restart(self.start)
        self.buffer.clear()
        self.position = 0
        if self.source.piece:
            self._append(self.source.piece)
        self.discard(position)
        return True

    def skip_line_ends(self) -> bool:
        """Remove empty lines; return False if nothing follows them."""
        while self.fill(1):
            self.drop_line_ends(len(self.buffer))
            if self.buffer:
                return True
        return False

    def drop_line_ends(self, most: int) -> None:
        """Remove the line ends at the front of the buffer, at most `most` bytes."""
        if line_ends := _LINE_ENDS.match(self.buffer, 0, most):
            self.drop(line_ends.end())

    def offset(self) -> int:
        """Return the offset of the front of the buffer in the file (see RawRecord)."""
        return self.start if self.compressed else self.position

    def number(self) -> int:
        """Return the number of the record at the front of the buffer (see RawRecord)."""
        return self.records if self.compressed else 0

    def find_header_end(self) -> int:
        """Return the length of the header at the front, or 0 if it has no end in MAX_HEADER bytes.

        No byte is searched twice, however many records begin before the end.
        """
        searched = max(0, self.no_header_end - self.position)
        while self.header_end <= self.position:
            if end := _HEADER_END.search(self.buffer, searched, MAX_HEADER):
                self.header_end = self.position + end.end()
                break
            searched = max(searched, min(len(self.buffer), MAX_HEADER) - _HEADER_END_SIZE)
            self.no_header_end = self.position + searched
            if len(self.buffer) >= MAX_HEADER or not self.fill(len(self.buffer) + 1):
                return 0
        size = self.header_end - self.position
        return size if size <= MAX_HEADER else 0

    def check_end(self, block: int, size: int) -> None:
        """Raise if the first `size` bytes end amid another record; its header ends at `block`."""
        self.fill(size + _OVERLAP)
        if _follows_a_record(self.buffer[size : size + _MAX_LINE_ENDS]):
            return
        if 0 <= _find_start(self.buffer, block, size + _OVERLAP) < size:
            raise _BrokenError("bad_length", "Content-Length reaches into the next record")

    def holds_one_record(self) -> bool:
        """Return whether the first record, which has been removed, was the only one."""
        return self.records == 0 and not self.fill(1)

    def find_record(self, skip: int) -> None:
        """Remove everything before the next record start at or after byte `skip`."""
        while (start := _find_start(self.buffer, skip, len(self.buffer))) < 0:
            skip = max(skip, len(self.buffer) - _OVERLAP)
            self.drop(skip)
            skip = 0
            if not self.fill(len(self.buffer) + 1):
                self.drop(len(self.buffer))
                return
        self.drop(start)
