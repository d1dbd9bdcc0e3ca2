import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmark_columns import Columns
from schemas.benchmarks import BenchmarkItem, read_benchmark
from schemas.errors import InputError

# MMLU as first published has no header: question, options, letter of the answer.
MMLU = (
    "What is the slope of the line through (1; 2) and (3; 8)?,1,2,3,4,C\n"
    '"Which of these is a prime: 91, 97?",91,97,119,"13""3",B\n'
)


def items(name, data, columns=None):
    content = data if isinstance(data, bytes) else data.encode()
    return list(read_benchmark(name, io.BytesIO(content), columns))


def questions(name, data):
    return [item.question for item in items(name, data)]


def test_a_table_without_a_header_has_question_options_and_answer():
    assert items("mmlu.csv", MMLU) == [
        BenchmarkItem(
            *("mmlu", 0, "What is the slope of the line through (1; 2) and (3; 8)?", "C", "C"),
            options=("(A) 1", "(B) 2", "(C) 3", "(D) 4"),
        ),
        BenchmarkItem(
            *("mmlu", 1, "Which of these is a prime: 91, 97?", "B", "B"),
            options=("(A) 91", "(B) 97", "(C) 119", '(D) 13"3'),
        ),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.csv", "id,Question,Answer\n1,one?,a\n2,two?,b\n"),
        ("b.CSV", "\ufeffid;question;answer\r\n1;one?;a\r\n2;two?;b\r\n"),
        ("b.csv", "id\tquestion\tanswer\n1\tone?\ta\n\n2\ttwo?\tb"),
        ("b.tsv", "id\tquestion\tanswer\n1\tone?\ta\n2\ttwo?\tb\n"),
        ("b.csv", "one?,a\ntwo?,b\n"),
        ("b.csv", "one?;a\ntwo?;b\n"),
        ("b.tsv", "one?\ta\ntwo?\tb\n"),
        ("b.csv", "question\none?\ntwo?\n"),
        ("b.csv", "one?\ntwo?\n"),
        ("b.csv", "one?,red,blue,A\ntwo?,red,blue,B\n"),
        ("b.csv", "question,A,B,answer\none?,red,blue,A\ntwo?,red,blue,B\n"),
        ("b.csv", "one?,input,output,A\ntwo?,red,blue,B\n"),
        ("b.csv", "answer,question,A,B\nA,one?,red,blue\nB,two?,red,blue\n"),
        ("b.csv", "sep=;\r\nid;question\r\n1;one?\r\n2;two?\r\n"),
        ("b.csv", ",question,\n0,one?,\n1,two?,\n"),
        ("b.csv", '"question";"price"\n"one?";1,5\n"two?";2,5\n'),
    ],
)
def test_tables_have_any_usual_delimiter_and_a_header_or_none(name, text):
    assert questions(name, text) == ["one?", "two?"]


def test_cells_may_contain_delimiters_quotes_and_line_breaks():
    rows = 'question,answer\n"What,\nis ""it""?",4\n'
    assert [(item.question, item.answer) for item in items("b.csv", rows)] == [
        ('What,\nis "it"?', "4")
    ]


def test_quotes_of_tsv_may_be_ordinary_characters():
    assert questions("b.tsv", '"Hello" he said.\tA\n"Bye\tB\n') == ['"Hello" he said.', '"Bye']
    assert questions("b.tsv", '"a ""b""\tc"\tA\n') == ['a "b"\tc']


def test_cells_of_unknown_columns_are_all_part_of_the_question():
    [first, second] = questions("b.csv", "frage,schwer,antwort\nWas ist es?,ja,das\n")
    assert (first, second) == ("frage\nschwer\nantwort", "Was ist es?\nja\ndas")
    [item] = items("b.csv", "frage,x,y\nWas ist es?,ja,das\n", Columns(question="Frage"))
    assert item.question == "Was ist es?"


def test_options_may_have_a_column_each():
    rows = "Question,A,B,C,D,Answer\nQ?,red,blue,green,,B\n"
    [item] = items("b.csv", rows)
    assert (item.options, item.answer) == (("(A) red", "(B) blue", "(C) green"), "B")


def test_all_formats_may_be_compressed():
    parquet = io.BytesIO()
    pq.write_table(pa.table({"question": ["one?", "two?"]}), parquet)
    contents = {
        ".jsonl": b'{"question": "one?"}\n{"question": "two?"}\n',
        ".json": b'[{"question": "one?"}, {"question": "two?"}]',
        ".csv": b"question\none?\ntwo?\n",
        ".tsv": b"question\tid\none?\t1\ntwo?\t2\n",
        ".parquet": parquet.getvalue(),
    }
    for suffix, content in contents.items():
        for name, data in (
            (f"b{suffix}", content),
            (f"b{suffix}.gz", gzip.compress(content, mtime=0)),
            (
                f"b{suffix.upper()}.GZ",
                gzip.compress(content[:9], mtime=0) + gzip.compress(content[9:], mtime=0),
            ),
            (f"b{suffix}.zst", zstandard.compress(content)),
        ):
            assert [(item.source, item.question) for item in items(name, data)] == [
                ("b", "one?"),
                ("b", "two?"),
            ], name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{\n "problem": "one?",\n "solution": "S"\n}', ["one?"]),  # a file of MATH
        ('{"problem": "one?"}', ["one?"]),
        ('{"data": [{"question": "one?"}, {"question": "two?"}]}', ["one?", "two?"]),
        ('{"version": 2, "data": [{"question": "one?"}]}', ["one?"]),
        ('{"train": [{"question": "one?"}], "test": [{"question": "two?"}]}', ["one?", "two?"]),
        ('{"7": {"question": "one?"}, "8": {"question": "two?"}}', ["one?", "two?"]),
        ('{"messages": [{"role": "user", "content": "one?"}]}', ["one?"]),
        ('{"question": "one?", "parts": [{"question": "two?"}]}', ["one?"]),
        ('\ufeff{"question": "one?"}\r\n\r\n{"question": "two?"}\r\n', ["one?", "two?"]),
        ('{"question": "x \\ud83d"}', ["x \ufffd"]),
        ('{"text": "one?", "tags": [{"name": "two?"}]}', ["one?\ntwo?"]),
        ('{"text": "one?"}\n{"text": "two?", "of": [{"question": "x"}]}', ["one?", "two?\nx"]),
        ('[{"about": "one?", "of": [{"question": "x"}]}]', ["one?\nx"]),
        ("", []),
    ],
)
def test_json_holds_rows_in_any_usual_way(text, expected):
    assert questions("b.json", text) == questions("b.jsonl", text) == expected


def test_utf_16_is_read():
    assert questions("b.csv", "question\tid\nπ?\t1\n".encode("utf-16")) == ["π?"]
    assert questions("b.json", '{"question": "π?"}'.encode("utf-16")) == ["π?"]


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("b.csv", 'q,a\n"one,1\ntwo,2\n', r"b\.csv, line 2: a quoted cell that begins here"),
        ("b.csv", 'q,a\n"one,1\n"two",2\n', r"b\.csv, line 2: a quoted cell that begins here"),
        ("b.csv", "q,a\none,1\ntwo, or so,2\n", r"b\.csv, line 3 has 3 cells, but line 1 has 2"),
        ("b.csv", "q;a\none;1\ntwo;2;3\n", r"b\.csv, line 3 has 3 cells, but line 1 has 2"),
        ("b.tsv", "q\ta\none\n", r"b\.tsv, line 2 has 1 cells, but line 1 has 2"),
        ("b.csv", "question,x,x\n1,2,3\n", r"b\.csv, line 1: column 'x' occurs twice"),
        ("b.csv", b"question\nfa\xe7ade\n", r"b\.csv, line 2: 'utf-8' codec"),
        ("b.jsonl", '{"question": "x"}\n{"question": \n', r"b\.jsonl, line 2: not JSON"),
        ("b.json", '[{"question": "x"},\n 7]', r"b\.json, element 2: not an object, but '7'"),
        ("b.jsonl", '{"question": "x"}\n["y"]\n', r"b\.jsonl, line 2: not an object"),
        ("b.json", "[" * 100_000, r"b\.json: JSON that cannot be read"),
        ("b.csv.gz", gzip.compress(b"q,a\n1,2\n", mtime=0)[:-6], r"b\.csv\.gz: Truncated"),
        ("b.jsonl.zst", b"plain", r"b\.jsonl\.zst: ZSTD"),
        ("b.parquet", b"PAR1PAR1", r"b\.parquet is not a Parquet file"),
        ("b.parquet", b"", r"b\.parquet is not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(name, data, complaint):
    with pytest.raises(InputError, match=complaint):
        items(name, data)


def test_json_of_any_depth_that_is_read_has_a_question():
    deep = '{"a": ' * 900 + '"one?"' + "}" * 900
    assert questions("b.json", deep) == ["one?"]


def test_a_cell_may_be_longer_than_the_limit_of_the_csv_module():
    assert questions("b.csv", f"question,id\n{'x' * 200_000},1\n") == ["x" * 200_000]


@given(
    st.sampled_from([".jsonl", ".json", ".parquet", ".csv", ".tsv", ".csv.gz", ".json.zst"]),
    st.binary()
    | st.text(st.sampled_from("\"',;\t\n{}[]:1aé question")).map(str.encode)
    | st.text().map(lambda text: text.encode("utf-16", "surrogatepass")),
)
def test_any_bytes_are_read_or_refused_with_the_name_of_the_file(suffix, data):
    try:
        complaint = f"b{suffix}" if items(f"b{suffix}", data) is not None else ""
    except InputError as error:
        complaint = str(error)
    assert complaint.startswith(f"b{suffix}")
