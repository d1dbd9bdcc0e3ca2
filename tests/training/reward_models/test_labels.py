import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.reward_models.labels import (
    LAYOUT,
    Labelled,
    load_labelled,
    read_labelled,
    write_labelled,
)

ONE = Labelled("a/b", 3, 0, (1, 2), (5, 6, 7), (0, 2), (3, 8), 8, True)
TWO = Labelled("\u7b54", 2**40, 14, (1,), (7,), (0,), (0,), 1, False)


def test_what_is_written_is_read(tmp_path):
    write_labelled(tmp_path / "labels" / "part-00000.parquet", [ONE, TWO])
    assert read_labelled(tmp_path / "labels" / "part-00000.parquet") == [ONE, TWO]


def test_a_folder_is_read_in_the_order_of_names_and_without_what_was_cut(tmp_path):
    write_labelled(tmp_path / "part-00001.parquet", [TWO])
    write_labelled(tmp_path / "part-00000.parquet", [ONE])
    (tmp_path / ".part-00002.parquet.partial").write_bytes(b"half a file")
    assert load_labelled(tmp_path) == [ONE, TWO]


def test_equal_outputs_are_equal_bytes(tmp_path):
    for name in "ab":
        write_labelled(tmp_path / name, [ONE, TWO])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_columns_are_the_fields_in_order():
    assert LAYOUT.names == [field.name for field in dataclasses.fields(Labelled)]


def test_another_layout_is_an_error(tmp_path):
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "texts.parquet")
    with pytest.raises(ValueError, match="holds no labelled outputs"):
        read_labelled(tmp_path / "texts.parquet")
