import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.patterns import Pattern, format_patterns, parse_patterns

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=20)
cells = texts.map(str.strip)
rows = st.builds(
    Pattern,
    pattern=cells.filter(bool),
    label=st.sampled_from(["", "accept", "reject"]),
    who=cells,
    when=cells,
    note=cells,
)


@given(st.lists(rows, unique_by=lambda row: row.pattern, max_size=6))
def test_a_file_is_read_as_it_was_written(patterns):
    assert parse_patterns(format_patterns(patterns), "p.csv") == patterns


def test_what_a_spreadsheet_adds_to_a_file_is_ignored():
    text = "\ufeffpattern,label,extra\r\n a.org/x , ACCEPT ,1\r\nb.org,,\r\n"
    assert parse_patterns(text, "p.csv") == [Pattern("a.org/x", "accept"), Pattern("b.org")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url,label\n", "p.csv: no column 'pattern'"),
        ("", "no column 'label'"),
        ("pattern,label\na.org,yes\n", "line 2: label 'yes' is neither accept nor reject"),
        ("pattern,label\na.org,\na.org,accept\n", "line 3: 'a.org' occurs twice"),
        ("pattern,label\n,accept\n", "line 2: no pattern"),
    ],
)
def test_a_mistake_is_an_error_that_names_its_line(text, message):
    with pytest.raises(InputError, match=message):
        parse_patterns(text, "p.csv")
