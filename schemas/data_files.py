"""Read files of texts and tables, compressed or not: their suffixes, and rows in JSON."""

import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import pyarrow as pa

from schemas.errors import InputError
from schemas.tables import decode_text

_COMPRESSIONS = {"": "", ".gz": "gzip", ".zst": "zstd"}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def with_compressed(*suffixes: str) -> tuple[str, ...]:
    """Return the suffixes of files and of their compressed forms.

    >>> with_compressed(".json")
    ('.json', '.json.gz', '.json.zst')
    """
    return tuple(suffix + compression for suffix in suffixes for compression in _COMPRESSIONS)


def split_suffix(path: str) -> tuple[str, str, str]:
    """Split a path into its stem, its suffix, and the suffix of its compression, in lower case.

    >>> split_suffix("b/Test.JSONL.gz")
    ('b/Test', '.jsonl', '.gz')
    """
    stem, compression = path, ""
    if path.lower().endswith(tuple(filter(None, _COMPRESSIONS))):
        stem, _, compression = path.rpartition(".")
    stem, point, suffix = stem.rpartition(".")
    return stem, (point + suffix).lower(), compression and f".{compression}".lower()


def decompressed(path: str, file: BinaryIO) -> BinaryIO:
    """Return the content of a file as its suffix says; reading damaged data raises OSError."""
    compression = _COMPRESSIONS[split_suffix(path)[2]]
    if not compression:
        return file
    return cast(BinaryIO, io.BufferedReader(pa.CompressedInputStream(file, compression), 1 << 20))


def json_lines(source: str, lines: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield the value of each line of JSON that is not blank, after its place for messages.

    Raises InputError, with the line, for one that is not JSON.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{source}, line {number}"
            yield place, _parse(decode_text(line, source, number), place)


def json_values(source: str, data: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the values of a small file of JSON: the elements of a list, an object, or its lines.

    Each comes after its place for messages. Raises InputError for what is not JSON.
    """
    text = decode_text(data, source)
    first, _, rest = text.lstrip().partition("\n")
    if rest.strip() and _is_json(first):
        yield from json_lines(source, text.encode().split(b"\n"))
    elif first:
        value = _parse(text, source)
        if isinstance(value, list):
            yield from ((f"{source}, element {number}", v) for number, v in enumerate(value, 1))
        else:
            yield source, value


def _is_json(text: str) -> bool:
    try:
        _parse(text, "")
    except InputError:
        return False
    return True


def _parse(text: str, place: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        line = f", line {error.lineno}" if error.lineno > 1 else ""
        raise InputError(f"{place}{line}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # a number of many digits, or deep nesting
        raise InputError(f"{place}: JSON that cannot be read: {error}") from error
    return _without_surrogates(value) if _SURROGATE.search(text) else value


def _without_surrogates(value: Any) -> Any:
    """Replace halves of surrogate pairs, which no UTF-8 can hold, by U+FFFD."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


@contextmanager
def compressing(path: str, file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a file whose bytes are compressed as the suffix of `path` says."""
    if compression := _COMPRESSIONS[split_suffix(path)[2]]:
        with pa.CompressedOutputStream(file, compression) as stream:
            yield cast(BinaryIO, stream)
    else:
        yield file
