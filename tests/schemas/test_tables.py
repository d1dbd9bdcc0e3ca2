import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.tables import Row, decode_text, read_rows


def test_rows_know_their_line_and_blank_ones_are_skipped():
    text = 'a,b\r\n\r\n , \r\n"c\r\nd",e\rf,g'
    assert list(read_rows(text, ",", "t.csv")) == [
        Row(1, ["a", "b"]),
        Row(4, ["c\nd", "e"]),
        Row(6, ["f", "g"]),
    ]


@pytest.mark.parametrize(
    "text", ['a\n"b\nc\n', 'a\n"b\n"c"\n', 'a\n"b" c\n', 'a\n"b""\n', 'a\nx,"b\nc\nd']
)
def test_a_quote_that_is_not_closed_is_an_error_with_its_line(text):
    with pytest.raises(InputError, match=r"t\.csv, line 2: a quoted cell that begins here"):
        list(read_rows(text, ",", "t.csv"))


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\0")), min_size=2)))
def test_what_the_csv_module_writes_is_read(rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    read = [row.cells for row in read_rows(text.getvalue(), ",", "t.csv")]
    assert read == [row for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "ascii"])
def test_texts_are_utf_8_or_utf_16(encoding):
    text = "a\nb" if encoding == "ascii" else "a\n\u03c0 \U0001f600"
    assert decode_text(text.encode(encoding), "t") == text


@pytest.mark.parametrize(
    "data",
    [
        "x\n\u00e9t\u00e9".encode("latin-1"),
        b"x\n\x80",
        "x\n\u00e9".encode("utf-16-le"),
        b"\xff\xfex\0\n\0\0",
    ],
)
def test_other_bytes_are_an_error_that_says_what_to_do(data):
    with pytest.raises(InputError, match=r"t\.csv, line [12]: .*: save it as UTF-8 \(in a"):
        decode_text(data, "t.csv")


def test_a_line_in_the_middle_of_a_file_has_its_number():
    with pytest.raises(InputError, match="t, line 18: "):
        decode_text(b"x\n\xff", "t", first_line=17)
