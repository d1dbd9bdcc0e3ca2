"""Read the dictionary of a `.warc.zst`, which a leading skippable frame holds.

IIPC, "WARC file format, Zstandard compression": the frame has the magic number 0x184D2A5D, and its
content is the dictionary, compressed or not. Other skippable frames mean nothing and may stand
anywhere (RFC 8878, section 3.1.2).
"""

import io
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

MAX_DICTIONARY = 64 << 20  # bytes, uncompressed; zstd trains dictionaries of 110 kB
_DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"
_ZSTD = b"\x28\xb5\x2f\xfd"


class _DictionaryError(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Prologue:
    """What precedes the records of a file.

    `dictionary`: None if there is none, or it cannot be used; `error` then says why. `start`: the
    offset of the first frame with data.
    """

    dictionary: zstandard.ZstdCompressionDict | None
    start: int
    error: str = ""


def is_skippable(head: bytes) -> bool:
    """Return whether `head` begins a skippable frame."""
    return len(head) >= 4 and head[0] & 0xF0 == 0x50 and head[1:4] == _DICTIONARY_FRAME[1:]


def read_prologue(file: BinaryIO) -> Prologue:
    """Read the skippable frames at the start of a file, one of which may hold its dictionary."""
    dictionary, error, start = None, "", 0
    end = file.seek(0, io.SEEK_END)
    while True:
        file.seek(start)
        head = file.read(8)
        if not is_skippable(head):
            return Prologue(dictionary, start, error)
        size = int.from_bytes(head[4:], "little")
        if len(head) < 8 or start + 8 + size > end:
            message = f"a skippable frame of {size} bytes at {start} is longer than the file"
            return Prologue(None, end, message)
        if head.startswith(_DICTIONARY_FRAME) and dictionary is None:
            try:
                dictionary = _dictionary(file, size)
            except _DictionaryError as broken:
                error = str(broken)
        start += 8 + size


def _dictionary(file: BinaryIO, size: int) -> zstandard.ZstdCompressionDict:
    if size > MAX_DICTIONARY:
        raise _DictionaryError(f"a dictionary of {size} bytes, over {MAX_DICTIONARY}")
    content = file.read(size)
    try:
        if content.startswith(_ZSTD):
            content = _decompress(content)
        dictionary = zstandard.ZstdCompressionDict(content)
        # The tables of a trained dictionary are read when it is first used.
        zstandard.ZstdCompressor(dict_data=dictionary).compress(b"")
    except (zstandard.ZstdError, MemoryError) as error:
        raise _DictionaryError(f"the dictionary cannot be used: {error}") from error
    if not content:
        raise _DictionaryError("the dictionary is empty")
    return dictionary


def _decompress(content: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)) as reader:
        dictionary: bytes = reader.read(MAX_DICTIONARY + 1)
    if len(dictionary) > MAX_DICTIONARY:
        raise _DictionaryError(f"a dictionary of over {MAX_DICTIONARY} bytes")
    return dictionary
