"""Read tables that people and spreadsheets write: CSV and TSV in the usual encodings."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.errors import InputError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = ",;\t"
_SEPARATOR_LINE = re.compile(r"\A\"?sep=[,;\t]\"?\r?\n", re.I)
_ADVICE = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"


class Row(NamedTuple):
    """The cells of a row, and the number of the line that it begins in, from 1."""

    line: int
    cells: list[str]


class Table(NamedTuple):
    """The names of the columns, in lower case, the rows below them, and the delimiter of cells."""

    columns: list[str]
    rows: list[Row]
    delimiter: str


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


def read_table(text: str, source: str, required: Sequence[str]) -> Table:
    """Read a table with a header, separated by commas, semicolons or tabs.

    Raises InputError, which names `source`, if a column of `required` is missing, or if one occurs
    twice.
    """
    text = without_separator_line(text)
    delimiter = _delimiter(text, source, required)
    header, *rows = read_rows(text, delimiter, source)
    columns = [cell.strip().lower() for cell in header.cells]
    if twice := {name for name in columns if name and columns.count(name) > 1}:
        raise InputError(f"{source}, line {header.line}: column {min(twice)!r} occurs twice")
    return Table(columns, rows, delimiter)


def check_width(cells: Sequence[str], table: Table, last: str, place: str) -> None:
    """Raise InputError for a row with more cells than columns, or without one in column `last`."""
    if any(cell.strip() for cell in cells[len(table.columns) :]):
        raise InputError(
            f"{place} has {len(cells)} cells, but the first line {len(table.columns)}: write a "
            f"cell that contains {table.delimiter!r} in double quotes"
        )
    if len(cells) <= table.columns.index(last):
        raise InputError(f"{place} ends before its {last}: it has {len(cells)} cells")


def _delimiter(text: str, source: str, required: Sequence[str]) -> str:
    first_line = text.lstrip().partition("\n")[0].partition("\r")[0]
    found: list[set[str]] = []
    for delimiter in _DELIMITERS:
        found.append(set(required).intersection(_header(first_line, delimiter, source)))
        if found[-1] == set(required):
            return delimiter
    missing = min(set(required) - max(found, key=len))
    names = " and ".join(required)
    raise InputError(
        f"{source}: no column {missing!r} in the first line, {first_line[:80]!r}: it must name the "
        f"column{'s' if len(required) > 1 else ''} {names}, separated by commas, semicolons or tabs"
    )


def _header(line: str, delimiter: str, source: str) -> list[str]:
    """Return the columns that a header names; none if it is not a line with this delimiter."""
    try:
        return [
            cell.strip().lower() for row in read_rows(line, delimiter, source) for cell in row.cells
        ]
    except InputError:
        return []
