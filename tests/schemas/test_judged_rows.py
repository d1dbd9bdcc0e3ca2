import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.judged_rows import (
    JudgedRow,
    PageToJudge,
    check_pairs,
    format_pages_to_judge,
    parse_judged_rows,
)

texts = st.text(st.characters(exclude_categories=()), max_size=12) | st.text(
    st.sampled_from("=+-@'\",;\t\r\n \\u{9}\ud800a"), max_size=8
)
rows = st.builds(
    PageToJudge,
    verdict=st.sampled_from(["", "math", "partly", "no"]),
    note=texts,
    url=texts,
    text=texts,
    score=st.just("0.5"),
    stratum=texts,
    language=texts,
    id=st.integers(-(2**63), 2**63 - 1),
    warc_file=texts.filter(str.strip),
    warc_offset=st.integers(0, 2**40),
    weight=st.floats(1, 1e9),
    who=texts,
    when=texts,
)


def parse(text):
    return parse_judged_rows(text.encode(), "j.csv")


def facts(row):
    return row.verdict, row.id, row.warc_file, row.warc_offset, row.weight


@given(st.lists(rows, unique_by=lambda row: row.id, max_size=4))
def test_a_file_for_people_is_read_as_it_was_written(rows):
    text = format_pages_to_judge(rows)
    read = parse_judged_rows(text.encode(), "j.csv") if rows else []

    assert [facts(row) for row in read] == [
        (row.verdict or None, row.id, row.warc_file, row.warc_offset, row.weight) for row in rows
    ]
    assert [(row.note, row.who, row.when) for row in read] == [
        (row.note, row.who, row.when) for row in rows
    ]


def test_what_a_spreadsheet_would_take_for_a_formula_is_neutralised():
    row = PageToJudge("", "", "http://a", "=1+1", "0.5", "top", "en", -5, "@a", 3, 2.5)

    assert format_pages_to_judge([row]).splitlines()[1] == (
        ",,http://a,'=1+1,0.5,top,en,'-5,'@a,3,2.5,,"
    )


@pytest.mark.parametrize(
    "text",
    [
        "verdict,id,weight\nmath,5,2.5\n,6,\nNO,7,\n",
        "\ufeffverdict;id;weight\r\n math ;5;2.5\r\n;6;\r\nno;7;\r\n",
        "verdict;id;weight\nmath;5;2,5\n;6;\nno;7;\n",
        "id\tweight\tverdict\turl\n5\t2.5\tmath\tx\n6\t\t\t\n7\t\tno\ty\n",
        'sep=,\nverdict,id,weight\n"math","5",2.5\n,6,\nno,7,\n',
        '{"verdict": "math", "id": 5, "weight": 2.5}\n{"verdict": null, "id": 6}\n\n'
        '{"verdict": "No", "id": "7", "weight": null, "title": {"a": 1}}',
        '\ufeff{"verdict": "math", "id": 5, "weight": "2.5"}\r\n{"verdict": "", "id": 6}\r\n'
        '{"verdict": "no", "id": 7}\r\n',
    ],
)
def test_csv_as_spreadsheets_save_it_and_json_lines_are_read(text):
    assert [facts(row) for row in parse(text)] == [
        ("math", 5, "", None, 2.5),
        (None, 6, "", None, None),
        ("no", 7, "", None, None),
    ]
    utf_16 = text.removeprefix("\ufeff").encode("utf-16")
    assert len(parse_judged_rows(utf_16, "j.csv")) == 3


def test_a_page_may_be_named_by_its_place():
    rows = parse("verdict,warc_file,warc_offset,why,file\npartly,a.warc.gz,12,shop,\n")

    assert rows == [JudgedRow("j.csv, line 2", "partly", None, "a.warc.gz", 12)]
    assert parse('{"verdict": "no", "warc_file": "a", "warc_offset": 0}') == [
        JudgedRow("j.csv, line 1", "no", None, "a", 0)
    ]


@pytest.mark.parametrize("rounded", ["6.04305E+18", "6,04305e+18", "-6.04E+18"])
def test_an_id_that_a_spreadsheet_rounded_is_left_out_if_there_is_a_place(rounded):
    [row] = parse(f'verdict;id;warc_file;warc_offset\nno;"{rounded}";a;1\n')

    assert facts(row) == ("no", None, "a", 1, None)
    with pytest.raises(InputError, match="line 2: id"):
        parse(f'verdict;id\nno;"{rounded}"\n')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "j.csv: no column 'verdict' in the first line"),
        ("id,label\n1,math\n", "j.csv: no column 'verdict'"),
        ("verdict\nmath\n", "neither a column id nor the columns warc_file and warc_offset"),
        ("verdict,file,offset\nmath,a,1\n", "neither a column id nor the columns warc_file"),
        ("verdict,warc_file\nmath,a\n", "neither a column id nor the columns warc_file"),
        ("verdict,id,wieght\nmath,1,2\n", "column 'wieght' is unknown; did you mean 'weight'"),
        ("verdict,id,weights\nmath,1,2\n", "did you mean 'weight'"),
        ("verdict,id,id\nmath,1,2\n", "line 1: column 'id' occurs twice"),
        ("verdict,id\nmath,1\nmaths,2\n", 'line 3: verdict "maths" is neither math, partly nor no'),
        ("verdict,id\nyes,1\n", 'line 2: verdict "yes"'),
        ("verdict,id\nmath,\n", "line 2: neither id nor warc_file with warc_offset"),
        ("verdict,id\nmath,abc\n", 'line 2: id "abc" is not a whole number of 64 bits'),
        ("verdict,id\nmath,1.0\n", 'line 2: id "1.0" is not'),
        ("verdict,id\nmath,\u0665\n", "line 2: id"),
        (f"verdict,id\nmath,{2**63}\n", "line 2: id"),
        ("verdict;id;weight\nmath;1;1.234,5\n", 'line 2: weight "1.234.5"'),
        ("[\n", "j.csv: a JSON array: write one object a line (JSON Lines)"),
        ("verdict,id,weight\nmath,1,0\n", 'line 2: weight "0" is not a number above 0'),
        (
            "verdict,id,weight\nmath,1,1e300\n",
            'weight "1e300" is not a number above 0, up to 1e+18',
        ),
        ("verdict,id,weight\nmath,1,1e-320\n", 'line 2: weight "1e-320"'),
        ("verdict,id,weight\nmath,1,-2\n", 'line 2: weight "-2"'),
        ("verdict,id,weight\nmath,1,nan\n", 'line 2: weight "nan"'),
        ("verdict,id,weight\nmath,1,inf\n", 'line 2: weight "inf"'),
        ("verdict,id,weight\nmath,1,two\n", 'line 2: weight "two"'),
        ('verdict,id,weight\nmath,1,"1,5"\n', 'line 2: weight "1,5"'),
        ("verdict,warc_file,warc_offset\nmath,a,\n", "line 2: warc_file and warc_offset belong"),
        ("verdict,warc_file,warc_offset\nmath,,3\n", "line 2: warc_file and warc_offset belong"),
        ("verdict,warc_file,warc_offset\nmath,a,-3\n", "line 2: warc_offset -3 is below 0"),
        ("verdict,id\nmath,1,2\n", "line 2 has 3 cells, but the first line 2"),
        ("id,note,verdict\n1\n", "line 2 ends before its verdict"),
        ('verdict,id,note\nmath,1,"a\nno,2,b\nno,3,"\n', "line 2: a quoted cell"),
        ('verdict,id,note\nmath,1,"a\nno,2,b\n', "line 2: a quoted cell"),
        ('{"verdict": "math"}\n', "line 1: neither a column id nor"),
        ('{"id": 1}\n', "line 1: no verdict"),
        ('{"verdict": "math", "id": 1}\n{"verdict": ', "line 2: not JSON"),
        ('{"verdict": "math", "id": 1}\n[]', "line 2: not a JSON object"),
        ('{"verdict": "math", "id": true}', "line 1: id true"),
        ('{"verdict": "math", "id": 1.5}', "line 1: id 1.5"),
        ('{"verdict": true, "id": 1}', "line 1: verdict true"),
        ('{"verdict": "math", "id": 1, "weight": NaN}', "line 1: weight NaN"),
        ('{"verdict": "math", "id": 1, "weight": true}', "line 1: weight true"),
        ('{"verdict": "math", "id": 1, "note": 3}', "line 1: note 3 is not a text"),
        ('{"verdict": "math", "id": 1, "wieght": 3}', "line 1: column 'wieght' is unknown"),
        ('{"verdict": "math", "warc_file": 3, "warc_offset": 3}', "line 1: warc_file 3"),
        ('{\n"verdict": "math",\n"id": 1}', "line 1: not JSON"),
    ],
)
def test_a_mistake_is_an_error_with_its_line(text, message):
    with pytest.raises(InputError) as error:
        parse(text)
    assert message in str(error.value)
    assert str(error.value).startswith("j.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("verdict,id\nmath,1\nno,1\n", "j.csv, line 3: this page is judged no, but math in line 2"),
        ("verdict,id,weight\nno,1,2\n,1,\nno,1,3\n", "j.csv, line 4: this page is judged no"),
    ],
)
def test_rows_about_one_page_that_differ_are_an_error_with_both_lines(text, message):
    with pytest.raises(InputError) as error:
        check_pairs((row.id, row) for row in parse(text))
    assert str(error.value).startswith(message)


def test_rows_that_repeat_one_another_and_rows_to_do_are_no_contradiction():
    rows = parse("verdict,id\nmath,1\nmath,1\n,1\nno,2\n")

    check_pairs((row.id, row) for row in rows)
    assert [row.verdict for row in rows] == ["math", "math", None, "no"]


def test_a_text_may_be_longer_than_the_limit_of_the_csv_module():
    text = json.dumps("x" * 200_000)
    assert parse(f"verdict,id,text\nmath,1,{text}\n")[0].verdict == "math"


def test_a_cell_may_have_several_lines():
    [row] = parse('verdict,id,note\nmath,1,"first\nsecond, third"\n')

    assert row.note == "first\nsecond, third"
