"""Read the rows of a benchmark in any format in which benchmarks are published."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.data_files import decompressed, json_values, split_suffix, with_compressed
from schemas.errors import InputError, reading
from schemas.tables import Row, decode_text, read_rows, without_separator_line

SUFFIXES = with_compressed(".jsonl", ".json", ".parquet", ".csv", ".tsv")

_MOST_NAME = 40  # characters of a column name: a longer cell is text
_DELIMITERS = {".csv": ",;\t", ".tsv": "\t"}


def benchmark_rows(
    source: str, file: BinaryIO, known: frozenset[str]
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a benchmark file, named by its path, as values by column.

    `known` are lower-case names of columns with a question; they tell a header from a row, and an
    object that is a row from one that holds rows. Raises InputError, with the place, for a file
    that cannot be read.
    """
    suffix = split_suffix(source)[1]
    with reading(source):
        data = decompressed(source, file).read()
    if suffix == ".parquet":
        yield from _parquet_rows(source, data)
    elif suffix in _DELIMITERS:
        yield from _table_rows(source, decode_text(data, source), known)
    else:
        yield from _json_rows(source, data, known)


def _parquet_rows(source: str, data: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(data)).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{source} is not a Parquet file: {error}") from error
    return rows


def _json_rows(source: str, data: bytes, known: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    for place, value in json_values(source, data):
        if not isinstance(value, dict):
            raise InputError(f"{place}: not an object, but {str(value)[:40]!r}")
        yield from _rows_of_object(value, known) if place == source else [value]


def _rows_of_object(value: Mapping[str, Any], known: frozenset[str]) -> list[Mapping[str, Any]]:
    """Return the rows of a file that is one object: those that it holds, or else itself.

    It holds rows in lists or by key, next to what is about all of them, such as a version.

    >>> rows = [{"question": "a"}, {"question": "b"}]
    >>> _rows_of_object({"version": 1, "data": rows}, frozenset({"question"})) == rows
    True
    >>> _rows_of_object({"17": rows[0], "18": rows[1]}, frozenset({"question"})) == rows
    True
    """
    if _has_column(value, known):
        return [value]
    lists = [rows for rows in value.values() if isinstance(rows, list)]
    rows = [row for rows in lists for row in rows] or list(value.values())
    return rows if rows and all(_has_column(row, known) for row in rows) else [value]


def _has_column(row: Any, known: frozenset[str]) -> bool:
    return isinstance(row, dict) and not known.isdisjoint(name.lower() for name in row)


def _table_rows(source: str, text: str, known: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    rows = _cells(source, without_separator_line(text), known)
    if rows and _is_header(rows[0].cells, known):
        names = [name.strip() for name in rows[0].cells]
        if twice := [name for name in names if name and names.count(name) > 1]:
            raise InputError(f"{source}, line {rows[0].line}: column {twice[0]!r} occurs twice")
        yield from (dict(zip(names, row.cells, strict=True)) for row in rows[1:])
    else:
        yield from (_unnamed(row.cells) for row in rows)


def _cells(source: str, text: str, known: frozenset[str]) -> list[Row]:
    """Return the rows of a table, which all have as many cells as the first.

    Of the delimiters in the first line, the one is used that gives a header, or else most cells. In
    TSV, quotes may be ordinary characters.
    """
    delimiters = _DELIMITERS[split_suffix(source)[1]]
    first_line = text.lstrip().partition("\n")[0]
    in_use = [d for d in delimiters if d in first_line] or [delimiters[0]]
    tables, errors = _try_all(source, text, [(delimiter, True) for delimiter in in_use])
    if not tables and "\t" in in_use:
        tables, _ = _try_all(source, text, [("\t", False)])
    if not tables:
        raise errors[0]
    return max(tables, key=lambda rows: _likelihood(rows, known))


def _try_all(
    source: str, text: str, dialects: Sequence[tuple[str, bool]]
) -> tuple[list[list[Row]], list[InputError]]:
    tables, errors = [], []
    for delimiter, quoted in dialects:
        try:
            tables.append(_even_rows(list(read_rows(text, delimiter, source, quoted)), source))
        except InputError as error:
            errors.append(error)
    return tables, errors


def _likelihood(rows: Sequence[Row], known: frozenset[str]) -> tuple[bool, int]:
    cells = rows[0].cells if rows else []
    return _is_header(cells, known), len(cells)


def _even_rows(rows: list[Row], source: str) -> list[Row]:
    for row in rows:
        if len(row.cells) != len(rows[0].cells):
            raise InputError(
                f"{source}, line {row.line} has {len(row.cells)} cells, but line {rows[0].line} "
                f"has {len(rows[0].cells)}: quote cells that contain the delimiter or a line break"
            )
    return rows


def _is_header(cells: Sequence[str], known: frozenset[str]) -> bool:
    names = {cell.strip().lower() for cell in cells}
    is_question = "options" in _unnamed(cells) and not names >= {"a", "b"}
    is_short = all(len(name) <= _MOST_NAME for name in names)
    return is_short and not is_question and not known.isdisjoint(names)


def _unnamed(cells: Sequence[str]) -> dict[str, Any]:
    """Name the cells of a table without a header: question, options, letter of the answer.

    This is the layout of MMLU as first published. Cells of another layout are numbered.

    >>> _unnamed(["1 + 1?", "1", "2", "B"])
    {'question': '1 + 1?', 'options': ['1', '2'], 'answer': 'B'}
    """
    if len(cells) <= 2:
        return dict(zip(("question", "answer"), cells, strict=False))
    answer = cells[-1].strip()
    if len(cells) > 3 and answer in list("ABCDEFGHIJ"[: len(cells) - 2]):
        return {"question": cells[0], "options": list(cells[1:-1]), "answer": answer}
    return {str(number): cell for number, cell in enumerate(cells)}
