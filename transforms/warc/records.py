"""Frame the records of a WARC file, resynchronising after broken ones.

A record is a version line, header lines, an empty line, Content-Length bytes and two line ends
(WARC 1.1, section 4). Only that much is parsed here, to find where each record begins and whether
it is complete; FastWARC parses the rest (`warc/read.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.warc.members import Damage, Piece

MAX_HEADER = 1 << 20  # bytes of header lines; a record with more is damaged
MAX_RECORD = 16 << 20  # bytes kept of one record: no page is longer

_RECORD_START = re.compile(rb"(?:\A|(?<=\n))WARC/\d\.\d{1,2}\r*\n[\w-]+[ \t]*:")
_LINE_ENDS = 16  # bytes after a record that are searched for its line ends
_OVERLAP = 256  # bytes kept when a search continues, so that no record start is cut
_HEADER_END = re.compile(rb"\r*\n\r*\n")
_CONTENT_LENGTH = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r*$")
_OTHER_FORMATS = {
    b"filedesc://": "an ARC file: convert it with `warcio recompress`",
    b"\x04\x22\x4d\x18": "compressed with lz4: convert it with `fastwarc recompress`",
    b"PK\x03\x04": "a zip or WACZ archive: unpack it and use the WARC files in it",
    b"BZh": "compressed with bzip2: only plain, gzip and zst are supported",
    b"\xfd7zXZ": "compressed with xz: only plain, gzip and zst are supported",
}


@dataclass(frozen=True, slots=True)
class RawRecord:
    """The bytes of one record, headers included, and where they are in the file.

    `size` is its uncompressed length in bytes; `data` is truncated at MAX_RECORD. Bytes
    [offset, offset + length) of the file hold the record and nothing else. Records that share a
    compressed member have `length` 0 and consecutive offsets from that of the member.
    """

    offset: int
    length: int
    size: int
    data: bytes


def frame_records(
    pieces: Iterator[Piece | Damage], compressed: bool
) -> Iterator[RawRecord | Damage]:
    """Yield every complete record, and one Damage for each range of bytes that holds none.

    Reasons, besides those of `inflate`: `bad_length` (no Content-Length, or one that reaches into
    the next record), `bad_header` (headers without an end), `no_record` (bytes that do not begin a
    record) and `cut_short` (the file ends inside a record).
    """
    source = _Source(pieces)
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
    offset = segment.offset()
    header = _header_size(segment)
    content_length = _CONTENT_LENGTH.search(segment.buffer, 0, header)
    if not content_length:
        raise _BrokenError("bad_length", "the record has no Content-Length")
    size = header + int(content_length[1])
    kept = min(size, MAX_RECORD)
    if not segment.fill(kept):
        raise _incomplete(segment, size, len(segment.buffer))
    data = bytes(memoryview(segment.buffer)[:kept])
    if size > kept and (missing := segment.discard(size)):
        raise _incomplete(segment, size, size - missing)
    segment.end_record(header, kept if size == kept else 0)
    if not segment.compressed:
        length = segment.position - offset
    else:
        length = segment.stop - segment.start if segment.holds_one_record() else 0
    return RawRecord(offset, length, size, data)


def _header_size(segment: "_Segment") -> int:
    """Return the length of version line, header lines and empty line."""
    segment.fill(_OVERLAP)
    if not _RECORD_START.match(segment.buffer):
        raise _BrokenError("no_record", _describe(segment.buffer))
    searched = 0
    while not (end := _HEADER_END.search(segment.buffer, searched)):
        searched = max(0, len(segment.buffer) - 3)
        if searched > MAX_HEADER or not segment.fill(len(segment.buffer) + 1):
            raise _BrokenError("bad_header", "no empty line ends the headers")
    return end.end()


def _describe(data: bytearray) -> str:
    """Return a message that says what the bytes are if they do not begin a record."""
    formats = (name for magic, name in _OTHER_FORMATS.items() if data.startswith(magic))
    return next(formats, f"no record begins here: {bytes(data[:40])!r}")


def _incomplete(segment: "_Segment", size: int, available: int) -> _BrokenError:
    message = f"only {available} of the {size} bytes of the record exist"
    cut = not segment.compressed and not _RECORD_START.search(segment.buffer, 1)
    return _BrokenError("cut_short" if cut else "bad_length", message)


class _Source:
    """The pieces of a file, with one piece of lookahead."""

    def __init__(self, pieces: Iterator[Piece | Damage]) -> None:
        self.pieces = pieces
        self.after_damage = False
        self.advance()

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
        self.records = 0
        self.start = self.stop = source.piece.start if source.piece else 0
        if source.piece:
            self._append(source.piece)

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
            if piece.first and piece.data.lstrip(b"\r\n").startswith(b"WARC/"):
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

    def skip_line_ends(self) -> bool:
        """Remove empty lines; return False if nothing follows them."""
        while self.fill(1):
            self.drop(len(self.buffer) - len(self.buffer.lstrip(b"\r\n")))
            if self.buffer:
                return True
        return False

    def offset(self) -> int:
        """Return the offset of the front of the buffer in the file (see RawRecord)."""
        return self.start + self.records if self.compressed else self.position

    def end_record(self, header: int, size: int) -> None:
        """Remove `size` bytes and the line ends after them; raise if they hold another record."""
        self.fill(size + _LINE_ENDS)
        tail = bytes(self.buffer[size : size + _LINE_ENDS])
        rest = tail.lstrip(b"\r\n")
        if not b"WARC/".startswith(rest[:5]) and _RECORD_START.search(self.buffer, header, size):
            raise _BrokenError("bad_length", "Content-Length reaches into the next record")
        self.drop(size + len(tail) - len(rest))

    def holds_one_record(self) -> bool:
        """Return whether the first record, which has been removed, was the only one."""
        return self.records == 0 and not self.fill(1)

    def find_record(self, skip: int) -> None:
        """Remove everything before the next record start at or after byte `skip`."""
        while not (match := _RECORD_START.search(self.buffer, skip)):
            skip = max(skip, len(self.buffer) - _OVERLAP)
            self.drop(skip)
            skip = 0
            if not self.fill(len(self.buffer) + 1):
                self.drop(len(self.buffer))
                return
        self.drop(match.start())
