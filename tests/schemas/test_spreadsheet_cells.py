import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.spreadsheet_cells import from_cell, to_cell

texts = st.text(st.characters(exclude_categories=()), max_size=12) | st.text(
    st.sampled_from("'=+-@\t\r\n ;\\u{9}\ud800\u2028a"), max_size=12
)


@given(texts)
@example("\\u{9}")
@example("\\u{\n}")
@example("\\u{5c}u{9}")
@example("'\t=1")
@example("\u00a0=1\u00a0")
@example(" \t ")
def test_a_text_is_read_back(text):
    assert from_cell(to_cell(text)) == text


@given(texts)
def test_no_cell_is_a_formula_or_breaks_a_file(text):
    cell = to_cell(text)
    cell.encode()
    assert cell == cell.strip()
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert not set(cell) & set("\n\r\t\0\u2028")
    for delimiter in ",;\t":  # whatever a spreadsheet splits at, outside quotes
        [parts] = csv.reader(io.StringIO(cell or " "), delimiter=delimiter, quoting=csv.QUOTE_NONE)
        if delimiter != ",":  # a comma inside a cell is quoted
            assert not any(part.strip(" '\"")[:1] in tuple("=+-@") for part in parts[1:])


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("'quoted' words", "'quoted' words"),
        ("'=SUM(A1)", "=SUM(A1)"),
        ("- see the forum", "- see the forum"),
        (" trimmed\u00a0", "trimmed"),
        ("\\frac{1}{2} \\user", "\\frac{1}{2} \\user"),
        ("\\u{110000}", "\\u{110000}"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_a_person_types_keeps_its_meaning(typed, text):
    assert from_cell(typed) == text
    assert from_cell(to_cell(text)) == text


@pytest.mark.parametrize("character", [" ", "\t", ";", "'", "\\", "\\u{", "\0"])
def test_long_cells_take_linear_time(character):
    text = "a" + character * 300_000 + "b"
    assert from_cell(to_cell(text)) == text
