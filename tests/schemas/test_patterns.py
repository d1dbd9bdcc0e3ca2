import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.patterns import Label, Pattern, format_patterns, labels_by_pattern, parse_patterns
from schemas.tables import decode_text

cells = st.text(st.characters(exclude_categories=()), max_size=20) | st.text(
    st.sampled_from("=+-@'\",;\t\r\n \\u{9}\ud800a"), max_size=8
)
rows = st.builds(
    Pattern,
    pattern=cells.filter(bool),
    label=st.sampled_from(["", "accept", "reject"]),
    who=cells,
    when=cells,
    note=cells,
)

HEADER = "pattern,label,who,when,note\n"


@given(st.lists(rows, unique_by=lambda row: row.pattern, max_size=6))
def test_a_file_is_read_as_it_was_written(patterns):
    data = format_patterns(patterns).encode()
    assert parse_patterns(data.decode(), "p.csv") == patterns
    assert parse_patterns(decode_text(data, "p.csv"), "p.csv") == patterns
    windows = data.replace(b"\n", b"\r\n")  # as an editor may save it
    assert parse_patterns(windows.decode(), "p.csv") == patterns


def test_a_segment_may_be_longer_than_the_limit_of_the_csv_module():
    patterns = [Pattern("a.org/" + "x" * 140_000), Pattern('b.org/"' + '"' * 200_000)]
    assert parse_patterns(format_patterns(patterns), "p.csv") == patterns


def test_a_formula_in_any_column_is_neutralised():
    text = format_patterns([Pattern("=cmd|'", "accept", "+1", "-2", "@x"), Pattern("a;=b")])
    assert text == HEADER + "'=cmd|',accept,'+1,'-2,'@x\na\\u{3b}=b,,,,\n"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffpattern,label,extra\r\n a.org/x , ACCEPT ,1\r\nb.org,,\r\n",
        "pattern;label;extra\r\na.org/x;accept;1\r\nb.org;;\r\n",
        "pattern\tlabel\na.org/x\taccept\nb.org\t\n",
        "sep=;\r\npattern;label\r\na.org/x;accept\r\nb.org;\r\n",
        '"sep=\t"\npattern\tlabel\na.org/x\taccept\nb.org\t\n',
        '"Pattern";"Label"\n"a.org/x";"accept"\n"b.org";""\n',
        "label,pattern\naccept,a.org/x\n,b.org\n",
        "\n\npattern,label\n\n,\na.org/x,accept\n,,,,\nb.org,\n,,\n",
        "pattern,label\ra.org/x,accept\rb.org,\r",
        "pattern,label,note\na.org/x,accept\nb.org,,\n",
        'pattern, label\n"a.org/x", "accept"\nb.org, ""\n',
    ],
)
def test_what_spreadsheets_and_editors_write_is_read(text):
    assert parse_patterns(text, "p.csv") == [Pattern("a.org/x", "accept"), Pattern("b.org")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_spreadsheets_are_read(encoding):
    data = "pattern\tlabel\tnote\nécole.fr\taccept\tπ\n".encode(encoding)
    assert parse_patterns(decode_text(data, "p.csv"), "p.csv") == [
        Pattern("école.fr", "accept", note="π")
    ]


def test_a_note_may_have_several_lines():
    text = 'pattern,label,note\na.org,accept,"one,\ntwo"\nb.org,,\n'
    assert parse_patterns(text, "p.csv")[0] == Pattern("a.org", "accept", note="one,\ntwo")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url,label\n", "p.csv: no column 'pattern' in the first line, 'url,label'"),
        ("", "no column 'label'"),
        ("pattern|label\na.org|accept\n", "separated by commas, semicolons or tabs"),
        ('"pattern,label"\n"a.org,accept"\n', "no column 'label'"),
        ("pattern,label,label\na.org,,accept\n", "line 1: column 'label' occurs twice"),
        ("pattern,label\na.org,yes\n", "line 2: label 'yes' is neither accept nor reject"),
        ("pattern,label\na.org,\na.org,accept\n", "line 3: 'a.org' occurs twice; first in line 2"),
        ("pattern,label\n,accept\n", "line 2: no pattern"),
        ("pattern,label\na.org,reject\nb.org;accept\n", "line 3 ends before its label"),
        (
            "pattern,label,note\na.org,,see this, please\n",
            "line 2 has 4 cells, but the first line 3",
        ),
        ("sep=,\npattern,label\na.org,no\n", "line 3: label 'no'"),
    ],
)
def test_a_mistake_is_an_error_that_names_its_line(text, message):
    with pytest.raises(InputError) as error:
        parse_patterns(text, "p.csv")
    assert message in str(error.value)


@pytest.mark.parametrize(
    "rows",
    [
        '"a.org,accept,,,\nb.org,reject,,,\n',  # to the end of the file
        '"a.org,accept,,,\n"b.org",reject,,,\n',  # to the next quote
        'a.org,accept,,,"see\nb.org,reject,,,"\n',
        'a.org,accept,,,"see\nb.org,reject,,,"x"\n',
        'a.org,accept,,,"see\nc.org,,,,\nb.org,reject,,,\n',
        'a.org,"accept,,,\nb.org",,,\n',
    ],
)
def test_a_quote_that_is_not_closed_is_an_error_with_its_line(rows):
    for header, body in ((HEADER, rows), (HEADER.replace(",", ";"), rows.replace(",", ";"))):
        with pytest.raises(InputError, match=r"p\.csv, line 2: "):
            parse_patterns(header + body, "p.csv")


def lower(pattern):
    if pattern.startswith("/"):
        raise ValueError("no host")
    return pattern.lower()


def test_rows_that_mean_one_pattern_must_not_contradict():
    same = "pattern,label\nA.org,accept\na.org,\nb.org,\nB.ORG,reject\n"
    assert len(parse_patterns(same, "p.csv", lower)) == 4
    for middle in ("", "a.oRg,\n"):
        text = f"pattern,label\nA.org,accept\n{middle}a.org,reject\n"
        with pytest.raises(InputError) as error:
            parse_patterns(text, "p.csv", lower)
        line = 4 if middle else 3
        assert str(error.value) == (
            f"p.csv, line {line}: 'a.org' is labelled reject, but 'A.org' in line 2, which means "
            "the same pages, accept: remove one of these lines"
        )


def test_a_labelled_pattern_that_can_match_no_page_is_an_error():
    assert parse_patterns("pattern,label\n/x,\n", "p.csv", lower) == [Pattern("/x")]
    with pytest.raises(InputError, match=r"line 2: '/x' can match no page: no host"):
        parse_patterns("pattern,label\n/x,accept\n", "p.csv", lower)


def test_labels_are_those_of_labelled_rows():
    rows = [Pattern("a", "accept"), Pattern("b"), Pattern("c", "reject", "rule")]
    assert labels_by_pattern(rows, str.upper) == {
        "A": Label("accept"),
        "C": Label("reject", "rule"),
    }
