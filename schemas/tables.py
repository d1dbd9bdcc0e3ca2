"""Read tables that people and spreadsheets write: CSV and TSV in the usual encodings."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas.errors import InputError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATOR_LINE = re.compile(r"\A\"?sep=[,;\t]\"?\r?\n", re.I)
_ADVICE = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"


class Row(NamedTuple):
    """The cells of a row, and the number of the line that it begins in, from 1."""

    line: int
    cells: list[str]


def decode_text(data: bytes, source: str, first_line: int = 1) -> str:
    """Decode UTF-8, with or without a byte order mark, or UTF-16 with one, as Excel writes it.

    Raises InputError, which names `source` and the line, for other bytes; `data` begins in
    `first_line`.
    """
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + first_line
        raise InputError(f"{source}, line {line}: {error}: {_ADVICE}") from error
    if (position := text.find("\0")) >= 0:
        line = text.count("\n", 0, position) + first_line
        raise InputError(f"{source}, line {line}: a zero byte; is it UTF-16 or binary? {_ADVICE}")
    return text


def without_separator_line(text: str) -> str:
    """Return the text of a table, with a blank line instead of Excel's first line, `sep=;`."""
    return _SEPARATOR_LINE.sub("\n", text.removeprefix("\ufeff"), count=1)


def read_rows(text: str, delimiter: str, source: str, quoted: bool = True) -> Iterator[Row]:
    """Yield the rows of a table that are not blank; cells may have any length.

    Without `quoted`, quotes are ordinary characters. Raises InputError, which names `source` and
    the line that the row begins in, for a quote that is not closed.
    """
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # its default is 131,072
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        skipinitialspace=True,
        strict=True,
    )
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{source}, line {line}: a quoted cell that begins here does not end before the next "
            f"{delimiter!r} ({error}): close it, and write quotes inside a quoted cell twice"
        ) from error
