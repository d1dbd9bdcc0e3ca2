import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import BenchmarkItem, read_benchmark


def read(name, data):
    return list(read_benchmark(name, io.BytesIO(data)))


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.parametrize(
    ("row", "question", "solution"),
    [
        ({"question": "Q?", "answer": "A #### 1"}, "Q?", "A #### 1"),
        ({"problem": "Q?", "solution": "S", "answer": "1"}, "Q?", "S"),
        ({"Body": "There are 3.", "Question": "Q?", "Answer": "1.0"}, "There are 3.\nQ?", "1.0"),
        ({"passage": None, "question": "Q?", "options": ["(A)"], "answer": None}, "Q?", ""),
        ({"question": "Q?", "solution": ["S", "T"]}, "Q?", "S\nT"),
        ({"input": "Q?", "output": "S"}, "Q?", "S"),
        ({"messages": [{"role": "user", "content": "Q?"}], "answer": "18"}, "Q?", "18"),
        ({"gold": "g", "deep": {"list": ["a", 1, "b"]}}, "g\na\nb", ""),
    ],
)
def test_fields_are_found_by_name(row, question, solution):
    assert read("x/test.jsonl", lines(row)) == [BenchmarkItem("x/test", 0, question, solution)]


def test_json_lists_json_lines_and_parquet_are_read_alike():
    rows = [{"question": "one"}, {"question": "two"}]
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    expected = [BenchmarkItem("b", 0, "one", ""), BenchmarkItem("b", 1, "two", "")]
    assert read("b.jsonl", lines(*rows) + b"\n\n") == expected
    assert read("b.json", json.dumps(rows).encode()) == expected
    assert read("b.json", lines(*rows)) == expected
    assert read("b.parquet", parquet.getvalue()) == expected


@pytest.mark.parametrize("data", [b"{", b"[1, 2]", b"no json at all"])
def test_what_is_no_table_is_an_error_that_names_the_file(data):
    with pytest.raises(ValueError, match=r"bad\.json"):
        read("bad.json", data)


def test_every_benchmark_at_hand_gives_questions(shared_data):
    empty = []
    for path in sorted((shared_data / "bench").rglob("*")):
        if path.suffix in (".json", ".jsonl", ".parquet"):
            with path.open("rb") as file:
                items = list(read_benchmark(path.name, file))
            assert items, path
            empty += [path.name for item in items if not item.question.strip()]
    assert len(empty) <= 1
