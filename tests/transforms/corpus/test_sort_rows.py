import random
import tempfile
import tracemalloc

import pyarrow as pa
import pytest

from transforms.corpus.sort_rows import sort_rows

SCHEMA = pa.schema([("key", pa.string()), ("id", pa.int64()), ("text", pa.string())])


def by_key(row):
    return row["key"], row["id"]


def rows_of(count, length=10, seed=0):
    rng = random.Random(seed)
    keys = [rng.choice("abcdefgh") for _ in range(count)]
    return [{"key": key, "id": i, "text": f"{i:0{length}}"} for i, key in enumerate(keys)]


@pytest.mark.parametrize("run_bytes", [1, 10, 35, 1000, 10**6])
def test_rows_are_sorted_whatever_fits_into_memory(run_bytes):
    rows = rows_of(200)
    assert list(sort_rows(rows, by_key, SCHEMA, run_bytes)) == sorted(rows, key=by_key)


def test_no_row_at_all_is_sorted_too():
    assert list(sort_rows([], by_key, SCHEMA)) == []


def test_the_memory_in_use_depends_on_the_size_of_a_run_and_not_on_all_rows():
    def peak(count):
        tracemalloc.start()
        rows = (row for row in rows_of_text(count))
        assert sum(1 for _ in sort_rows(rows, by_key, SCHEMA, 1_000_000)) == count
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(2_000) < 2 * peak(500)


def rows_of_text(count):
    for number in range(count):
        yield {
            "key": str(number * 7919 % 1000),
            "id": number,
            "text": chr(97 + number % 26) * 10_000,
        }


def test_runs_leave_no_files(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = sort_rows(rows_of(50), by_key, SCHEMA, 100)
    next(rows)
    assert list(tmp_path.iterdir())
    rows.close()
    assert not list(tmp_path.iterdir())
