import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_what_a_spreadsheet_leaves_in_a_file_is_no_harm():
    text = "\ufeffpattern,label,extra\r\n a.org/x , ACCEPT ,1\r\nb.org,,\r\n"
    assert parse_patterns(text, "p.csv") == [Pattern("a.org/x", "accept"), Pattern("b.org")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("url,label\n", "p.csv: no column 'pattern'"),
        ("", "no column 'label'"),
        ("pattern,label\na.org,yes\n", "line 2: label 'yes' is neither accept nor reject"),
        ("pattern,label\na.org,\na.org,accept\n", "line 3: 'a.org' occurs twice"),
        ("pattern,label\n,accept\n", "line 2: no pattern"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_patterns(text, "p.csv")
