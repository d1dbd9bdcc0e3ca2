import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmark_columns import Columns
from schemas.benchmarks import BenchmarkItem, read_benchmark
from schemas.errors import InputError


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
def test_columns_are_recognised_by_name(row, question, solution):
    [item] = read("x/test.jsonl", lines(row))
    assert (item.source, item.row) == ("x/test", 0)
    assert (item.question, item.solution) == (question, solution)


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"question": "Q?", "answer": "2 * 9 = <<2*9=18>>18 eggs.\n#### 18"}, "18"),
        ({"question": "Q?", "answer": "#### Step 1\nTwo.\n#### Step 2\nOf them."}, ""),
        ({"problem": "Q?", "solution": r"so $\boxed{\frac{1}{2}}$."}, r"\frac{1}{2}"),
        ({"problem": "Q?", "solution": r"$\boxed{1}$, no, $\fbox{\{2\}}$\n#### Note"}, r"\{2\}"),
        ({"problem": "Q?", "solution": r"$\boxed 5$ it is"}, "5"),
        ({"problem": "Q?", "solution": r"cut: $\boxed{\frac{1}{2}"}, ""),
        ({"problem": "Q?", "solution": "S", "answer": r"x \in [-2,7]"}, r"x \in [-2,7]"),
        ({"question": "Q?", "golden": "18"}, "18"),
        ({"input": "Q?", "target": 43.0}, "43"),
        ({"input": "Q?", "target": 0.5}, "0.5"),
        ({"input": "Q?", "target": float("nan")}, ""),
        ({"question": "Q?", "final_answer": ["1", "$2$"], "solution": ["long"]}, "1, $2$"),
        ({"question": "Q?", "answer": "-2", "choice_answer": "A"}, "A"),
        ({"question": "Q?", "label": "D", "answer": None}, "D"),
        ({"question": "Q?", "label": None, "answer": "2"}, "2"),
        ({"question": "Q?", "correct": True, "answer": "7"}, "7"),
        ({"question": "Q?", "choices": ["x", "y", "z"], "answer": 2}, "C"),
        ({"question": "Q?", "choices": ["x", "y", "z"], "answer": 3}, "3"),
        ({"question": "Q?", "answer": "We prove it\nin two lines."}, ""),
        ({"prompt": [{"role": "user", "content": "Q?"}], "ground_truth": "4"}, "4"),
    ],
)
def test_the_final_answer_is_found(row, answer):
    [item] = read("x.jsonl", lines(row))
    assert item.question == "Q?"
    assert item.answer == answer


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["0", "4"], ("(A) 0", "(B) 4")),
        (["A)5", "B)6"], ("A)5", "B)6")),
        (["(A)$x$", "(B)$y$"], ("(A)$x$", "(B)$y$")),
        (["\uff08A\uff09\u4e00", "B\u3001\u4e8c"], ("\uff08A\uff09\u4e00", "B\u3001\u4e8c")),
        (["Ant", "Bee"], ("(A) Ant", "(B) Bee")),
        (["B) 1", "A) 2"], ("(A) B) 1", "(B) A) 2")),
        ({"A": "x", "B": "y", "C": None}, ("(A) x", "(B) y")),
        ("A) 1 B) 2", ("A) 1 B) 2",)),
        (None, ()),
        ([], ()),
    ],
)
def test_options_have_their_letters_once(options, expected):
    [item] = read("x.jsonl", lines({"question": "Q?", "options": options}))
    assert item.options == expected


def test_columns_can_be_named():
    row = {"question": "no", "Ask": "Q?", "Work": "S #### 1", "Out": "A", "Answer": "B"}
    columns = Columns(question="ask", solution="Work", answer="out")
    [item] = read_benchmark("x.jsonl", io.BytesIO(lines(row)), columns)
    assert item == BenchmarkItem("x", 0, "Q?", "S #### 1", "A")


def test_a_named_column_that_is_missing_is_an_error_that_names_the_row():
    rows = lines({"q": "Q?"}, {"question": "Q?"})
    with pytest.raises(InputError, match=r"x, row 1: no column 'q'; it has \['question'\]"):
        list(read_benchmark("x.jsonl", io.BytesIO(rows), Columns(question="q")))


@given(st.text(), st.dictionaries(st.sampled_from(["answer", "solution", "options"]), st.text()))
def test_any_row_has_an_answer_or_none(question, fields):
    [item] = read("x.jsonl", lines({"question": question, **fields}))
    assert "\n" not in item.answer or "boxed" in str(fields) or "fbox" in str(fields)


@given(st.integers() | st.from_regex(r"[0-9]{1,3}/[0-9]{1,3}", fullmatch=True))
def test_a_boxed_answer_is_found_after_any_other(answer):
    solution = f"First $\\boxed{{{{7}}}}$. Then $\\boxed{{ {answer} }}$, which is all {{of}} it."
    [item] = read("x.jsonl", lines({"question": "Q?", "solution": solution}))
    assert item.answer == str(answer)


def test_json_lists_json_lines_and_parquet_are_read_alike():
    rows = [{"question": "one"}, {"question": "two"}]
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    expected = [BenchmarkItem("b", 0, "one", ""), BenchmarkItem("b", 1, "two", "")]
    assert read("b.jsonl", lines(*rows) + b"\n\n") == expected
    assert read("b.json", json.dumps(rows).encode()) == expected
    assert read("b.json", lines(*rows)) == expected
    assert read("b.parquet", parquet.getvalue()) == expected


@pytest.mark.parametrize("data", [b"{", b"[1, 2]", b"no json at all", b'{"question": "\xff"}'])
def test_a_file_that_is_not_a_table_is_an_error_that_names_the_file(data):
    with pytest.raises(InputError, match=r"bad\.json"):
        read("bad.json", data)


def test_every_shared_benchmark_has_questions(shared_data):
    empty = []
    for path in sorted((shared_data / "bench").rglob("*")):
        if path.suffix in (".json", ".jsonl", ".parquet"):
            with path.open("rb") as file:
                items = list(read_benchmark(path.name, file))
            assert items, path
            empty += [path.name for item in items if not item.question.strip()]
    assert len(empty) <= 1


def test_the_main_benchmarks_have_answers(shared_data):
    without = {}
    for name in ("gsm8k/test", "math/test", "math500/test", "deepseek_math_eval/cmath/test"):
        with (shared_data / "bench" / f"{name}.jsonl").open("rb") as file:
            items = list(read_benchmark(f"{name}.jsonl", file))
        without[name] = sum(not item.answer for item in items)
    assert set(without.values()) == {0}
