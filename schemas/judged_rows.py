"""Rows of verdicts on pages in CSV or JSON Lines: `judged.csv`, and files from elsewhere.

A row has a `verdict`, and says which page it is about by `id`, or by `warc_file` and `warc_offset`.
`weight` is the number of pages of the crawl that it stands for. Other columns, such as `url`, are
for people and are not read, unless their name looks like a misspelling.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from schemas.data_files import json_lines
from schemas.decisions import MOST_PAGES, VERDICTS, PageVerdict, is_weight
from schemas.errors import InputError
from schemas.spreadsheet_cells import from_cell, to_cell
from schemas.tables import Row, Table, check_width, decode_text, read_table

_KEYS = ("verdict", "id", "warc_file", "warc_offset", "weight", "who", "when", "note")
_INT64 = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True)
class JudgedRow:
    """A row with its place for messages; verdict None: not judged yet.

    There is an `id`, or a `warc_file` with `warc_offset`, or both.
    """

    place: str
    verdict: PageVerdict | None
    id: int | None = None
    warc_file: str = ""
    warc_offset: int | None = None
    weight: float | None = None
    who: str = ""
    when: str = ""
    note: str = ""


@dataclass(frozen=True)
class PageToJudge:
    """A row of `judged.csv`, in which people read about a page and write their verdict.

    `text` is its beginning. `weight`, 1 / probability of drawing it, is for other runs to which the
    file may be carried.
    """

    verdict: str
    note: str
    url: str
    text: str
    score: str
    stratum: str
    language: str
    id: int
    warc_file: str
    warc_offset: int
    weight: float
    who: str = ""
    when: str = ""


def parse_judged_rows(data: bytes, source: str) -> list[JudgedRow]:
    """Read rows of verdicts; a file that begins with `{` is JSON Lines, any other CSV.

    Raises InputError, with `source` and line, for a missing column, a verdict that is neither math,
    partly, no nor empty, and a wrong number.
    """
    text = decode_text(data, source)
    first = text.lstrip()[:1]
    if first == "[":
        raise InputError(f"{source}: a JSON array: write one object a line (JSON Lines)")
    read = _json_rows if first == "{" else _table_rows
    return [_judged_row(values, place) for place, values in read(text, source)]


def format_pages_to_judge(rows: Iterable[PageToJudge]) -> str:
    """Return the text of `judged.csv`, which `parse_judged_rows` reads."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [column.name for column in fields(PageToJudge)]
    writer.writerow(names)
    writer.writerows([to_cell(str(getattr(row, name))) for name in names] for row in rows)
    return text.getvalue()


def _json_rows(text: str, source: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, values in json_lines(source, text.encode().split(b"\n")):
        if not isinstance(values, dict):
            raise InputError(f"{place}: not a JSON object")
        _check_columns(values, place)
        yield place, values


def _table_rows(text: str, source: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    table = read_table(text, source, ("verdict",))
    _check_columns(table.columns, source)
    for row in table.rows:
        place = f"{source}, line {row.line}"
        _check_cells(row, table, place)
        cells = dict(zip(table.columns, map(from_cell, row.cells), strict=False))
        if table.delimiter == ";" and "weight" in cells:  # of a spreadsheet with decimal commas
            cells["weight"] = cells["weight"].replace(",", ".")
        yield place, {name: cell for name, cell in cells.items() if cell != ""}


def _check_columns(names: Iterable[str], place: str) -> None:
    """Raise InputError if a column is missing, or looks like a misspelling of one."""
    present = set(names)
    for name in sorted(present - {*_KEYS}):
        if near := get_close_matches(name.lower(), _KEYS, 1, cutoff=0.75):
            raise InputError(f"{place}: column {name!r} is unknown; did you mean {near[0]!r}?")
    if "verdict" not in present:
        raise InputError(f"{place}: no verdict")
    if "id" not in present and not {"warc_file", "warc_offset"} <= present:
        raise InputError(
            f"{place}: neither a column id nor the columns warc_file and warc_offset say which "
            "pages are meant"
        )


def _check_cells(row: Row, table: Table, place: str) -> None:
    """Raise InputError for a row that has too many cells or too few, or holds other rows."""
    check_width(row.cells, table, "verdict", place)
    position = table.columns.index("verdict")
    lines = [line.split(table.delimiter) for cell in row.cells for line in cell.split("\n")[1:]]
    if any(line[position : position + 1] and _is_verdict(line[position]) for line in lines):
        raise InputError(f"{place}: a quoted cell that begins here holds more lines: close it")


def _is_verdict(cell: str) -> bool:
    return cell.strip().lower() in VERDICTS


def _judged_row(values: Mapping[str, Any], place: str) -> JudgedRow:
    page_id, file, offset = _page(values, place)
    return JudgedRow(
        place=place,
        verdict=_verdict(values.get("verdict"), place),
        id=page_id,
        warc_file=file,
        warc_offset=offset,
        weight=_weight(values.get("weight"), place),
        **{name: _text(values, name, place) for name in ("who", "when", "note")},
    )


def _page(values: Mapping[str, Any], place: str) -> tuple[int | None, str, int | None]:
    file = _text(values, "warc_file", place)
    offset = _integer(values.get("warc_offset"), "warc_offset", place)
    if (file == "") != (offset is None):
        raise InputError(f"{place}: warc_file and warc_offset belong together, and one is missing")
    if offset is not None and offset < 0:
        raise InputError(f"{place}: warc_offset {offset} is below 0")
    if file and _is_rounded(values.get("id")):
        return None, file, offset
    page_id = _integer(values.get("id"), "id", place)
    if page_id is None and not file:
        raise InputError(f"{place}: neither id nor warc_file with warc_offset")
    return page_id, file, offset


def _is_rounded(value: Any) -> bool:
    """Return whether a spreadsheet may have rounded a long id, as in 1.23E+18."""
    return isinstance(value, str) and "E+" in value.upper()


def _verdict(value: Any, place: str) -> PageVerdict | None:
    if value is None:
        return None
    verdict = VERDICTS.get(value.strip().lower()) if isinstance(value, str) else None
    if verdict is None and value != "":
        raise InputError(f"{place}: verdict {_shown(value)} is neither math, partly nor no")
    return verdict


def _weight(value: Any, place: str) -> float | None:
    if value is None or value == "":
        return None
    try:
        weight = float(value) if isinstance(value, str) else value
    except ValueError:
        weight = None
    if weight is None or not is_weight(weight):
        raise InputError(
            f"{place}: weight {_shown(value)} is not a number above 0, up to {MOST_PAGES}"
        )
    return float(weight)


def _integer(value: Any, name: str, place: str) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = int(value) if isinstance(value, str) and value.isascii() else value
    except ValueError:
        number = None
    if type(number) is not int or number not in _INT64:
        raise InputError(f"{place}: {name} {_shown(value)} is not a whole number of 64 bits")
    return number


def _text(values: Mapping[str, Any], name: str, place: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{place}: {name} {_shown(value)} is not a text")
    return value


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]


def check_pairs(rows: Iterable[tuple[int, JudgedRow]]) -> None:
    """Raise InputError for two rows about one page, by its id, that differ in verdict or weight."""
    known: dict[int, JudgedRow] = {}
    for page, row in rows:
        if row.verdict is None:
            continue
        other = known.setdefault(page, row)
        if (other.verdict, other.weight) != (row.verdict, row.weight):
            raise InputError(
                f"{row.place}: this page is judged {row.verdict}, but {other.verdict} in "
                f"{other.place.rpartition(', ')[2]}, or with another weight: remove one of the rows"
            )
