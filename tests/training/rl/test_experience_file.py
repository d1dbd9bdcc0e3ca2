import numpy as np
import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion
from training.rewards.types import Grade
from training.rl.experience_file import read_experiences, write_experiences
from training.rl.types import Experience

ITEMS = [BenchmarkItem("a", 0, "1+1?", "", "2"), BenchmarkItem("b", 7, "\u4e00 <script>", "", "x")]
THIRD = np.float32(1) / 3


def experience(**more):
    completion = Completion((1, 2), (3, 4, 5), (-0.1, -1e-30, -2.0000001), True, "a\u4e00\n$x$")
    grade = Grade(0.1 + 0.2, {"answer": 1.0, "model": 1 / 3}, ((1, 1 / 3), (2, 0.0)))
    advantage = np.array([THIRD, -0.0, np.float32(1e-40)], np.float32)
    return Experience(1, 0, 3, completion, grade, advantage, **more)


def test_experiences_survive_a_round_trip_bit_identically(tmp_path):
    old = np.array([-0.1, -np.pi, -1e30], np.float32)
    written = [experience(), experience(old=old, reference=old + 1, returned=old * THIRD)]
    write_experiences(tmp_path / "x" / "000001.parquet", 1, written, ITEMS)
    read = read_experiences(tmp_path / "x" / "000001.parquet")
    for ours, theirs in zip(written, read, strict=True):
        assert (ours.completion, ours.grade) == (theirs.completion, theirs.grade)
        for name in ("problem", "group", "sample"):
            assert getattr(ours, name) == getattr(theirs, name)
        for name in ("advantage", "old", "reference", "returned"):
            before, after = getattr(ours, name), getattr(theirs, name)
            assert (before is None) == (after is None)
            assert before is None or before.tobytes() == after.tobytes()
            assert after is None or after.dtype == np.float32


def test_equal_experiences_give_equal_bytes(tmp_path):
    for name in "ab":
        write_experiences(tmp_path / f"{name}.parquet", 4, [experience()], ITEMS)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.parquet", "b.parquet"}


def test_a_row_has_the_question_next_to_the_completion(tmp_path):
    write_experiences(tmp_path / "a.parquet", 4, [experience()], ITEMS)
    (row,) = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert row["question"] == "\u4e00 <script>"
    assert (row["gold"], row["source"], row["row"]) == ("x", "b", 7)
    assert (row["text"], row["exploration"]) == ("a\u4e00\n$x$", 4)
    assert row["parts"] == '{"answer": 1.0, "model": 0.3333333333333333}'


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="is missing, and the run has not taken all updates"):
        read_experiences(tmp_path / "a.parquet")
