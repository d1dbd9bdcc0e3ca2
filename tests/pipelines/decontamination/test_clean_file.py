import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips "
    "in May. How many clips did Natalia sell altogether in April and May?"
)
ROWS = [
    {"id": "a", "text": f"1. {QUESTION}\n2. What is $2 + 2$?", "answer": 72.50},
    {"id": "b", "text": "Count: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.", "answer": None},
    {"id": "c", "text": None, "answer": 1},
    {"id": "d", "text": "", "answer": "数"},
]
CLEAN = [{"removed": [], "benchmark_items": []}] * 4
CLEAN[0] = {
    "text": "2. What is $2 + 2$?",
    "removed": [f"1. {QUESTION}"],
    "benchmark_items": ["test#1"],
}
EXPECTED = [row | clean for row, clean in zip(ROWS, CLEAN, strict=True)]


@pytest.fixture
def benchmarks(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    rows = [
        {"question": "Other"},
        {"question": QUESTION},
        {"question": "1 2 3 4 5 6 7 8 9 10 or so"},
    ]
    (folder / "test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def run(capsys, source, benchmarks, out, *more):
    """Exit status, output and error of the command."""
    command = ["decontaminate", str(source), "--benchmarks", str(benchmarks), "--out", str(out)]
    status = main([*command, *map(str, more)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def write_lines(path, rows):
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.jsonl.gz"])
def test_json_lines_keep_their_rows_their_order_and_their_values(
    tmp_path, benchmarks, capsys, name
):
    source, out = write_lines(tmp_path / name, ROWS), tmp_path / f"clean-{name}"
    status, printed, _ = run(capsys, source, benchmarks, out)
    content = out.read_bytes()
    lines = (gzip.decompress(content) if name.endswith(".gz") else content).decode().splitlines()
    assert [json.loads(line) for line in lines] == EXPECTED
    assert '"text": "2. What is $2 + 2$?", "answer": 72.5, "removed": [' in lines[0]
    assert (status, [line.split() for line in printed.splitlines()]) == (
        0,
        [["rows", "4"], ["contaminated", "rows", "1"], ["lines", "removed", "1"], ["test", "1"]],
    )


def test_parquet_keeps_its_columns_and_types(tmp_path, benchmarks, capsys):
    schema = pa.schema(
        [pa.field("score", pa.float16()), pa.field("text", pa.large_string())], {b"who": b"me"}
    )
    texts = [row["text"] for row in ROWS]
    source, out = tmp_path / "rows.parquet", tmp_path / "clean.parquet"
    table = pa.table([pa.array([1, 2, None, 4], pa.float16()), texts], schema=schema)
    pq.write_table(table, source)
    assert run(capsys, source, benchmarks, out)[0] == 0
    cleaned = pq.read_table(out)
    assert cleaned.schema.names == ["score", "text", "removed", "benchmark_items"]
    assert cleaned.schema.field("text").type == pa.large_string()
    assert cleaned.schema.metadata[b"who"] == b"me"
    assert cleaned.column("score").equals(table.column("score"))
    for name in ("text", "removed", "benchmark_items"):
        assert cleaned.column(name).to_pylist() == [row[name] for row in EXPECTED]


def test_the_evidence_names_row_item_and_place(tmp_path, benchmarks, capsys):
    source, evidence = write_lines(tmp_path / "rows.jsonl", ROWS), tmp_path / "found.parquet"
    run(capsys, source, benchmarks, tmp_path / "clean.jsonl", "--evidence", evidence)
    assert pq.read_table(evidence).to_pylist() == [
        {
            "row": 0,
            "benchmark": "test",
            "item": 1,
            "part": "question",
            "matched": QUESTION[:-1],
            "coverage": 1.0,
            "start": 3,
            "end": 3 + len(QUESTION) - 1,
            "done": "lines removed",
        }
    ]


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ('policy = "mark"', [row["text"] for row in ROWS]),
        ('policy = "page"', ["", *(row["text"] for row in ROWS[1:])]),
        ('rule = "paper"', [EXPECTED[0]["text"], "", None, ""]),
    ],
)
def test_settings_choose_rule_and_policy(tmp_path, benchmarks, capsys, settings, texts):
    config = tmp_path / "settings.toml"
    config.write_text(f"[write.decontamination]\n{settings}\n")
    source, out = write_lines(tmp_path / "rows.jsonl", ROWS), tmp_path / "clean.jsonl"
    run(capsys, source, benchmarks, out, "--config", config)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["text"] for row in rows] == texts
    assert rows[0]["benchmark_items"] == ["test#1"]


@pytest.mark.parametrize(
    ("name", "content", "out", "error"),
    [
        ("a.jsonl", '{"text": "a"}\n{"t": 1}\n', "b.jsonl", "a.jsonl, line 2: no 'text'"),
        ("a.jsonl", '{"text": 5}\n', "b.jsonl", "line 1: 'text' is not a string, but '5'"),
        ("a.jsonl", '["text"]\n', "b.jsonl", "a.jsonl, line 1: no 'text'"),
        ("a.jsonl", '{"text": "a"}\n{\n', "b.jsonl", "a.jsonl, line 2"),
        ("a.jsonl", '{"text": "", "removed": 1}\n', "b.jsonl", "rename the column 'removed'"),
        ("a.jsonl", '{"text": ""}\n', "a.jsonl", "it is the file to read; use another name"),
        ("a.jsonl", '{"text": ""}\n', "b.parquet", "its name must end in one of .jsonl, "),
        ("a.csv", "text\n", "b.csv", "a.csv: only .jsonl, "),
        ("a.parquet", "PAR0", "b.parquet", "a.parquet is not a Parquet file"),
        ("a.jsonl", None, "b.jsonl", "No such file"),
    ],
)
def test_mistakes_end_in_one_line_and_leave_no_file(
    tmp_path, benchmarks, capsys, name, content, out, error
):
    if content is not None:
        (tmp_path / name).write_text(content)
    status, printed, message = run(capsys, tmp_path / name, benchmarks, tmp_path / out)
    assert (status, printed) == (2, "")
    assert error in message
    assert message.count("\n") == 1
    assert out == name or not (tmp_path / out).exists()


def test_a_parquet_file_without_texts_is_refused(tmp_path, benchmarks, capsys):
    pq.write_table(pa.table({"t": ["a"]}), tmp_path / "a.parquet")
    status, _, error = run(capsys, tmp_path / "a.parquet", benchmarks, tmp_path / "b.parquet")
    assert status == 2
    assert "a.parquet: no column 'text'; it has ['t']" in error


def test_evidence_of_another_format_is_refused(tmp_path, benchmarks, capsys):
    source = write_lines(tmp_path / "rows.jsonl", ROWS)
    status, _, error = run(capsys, source, benchmarks, tmp_path / "c.jsonl", "--evidence", "e.csv")
    assert status == 2
    assert "--evidence e.csv: its name must end in .parquet" in error
