from itertools import islice, pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import InputError
from tests.helpers.runs import texts, write_shards
from training.data.read_texts import Position, find_files, read_texts


def read(folder, count, start=Position(), seed="s", mix=2):  # noqa: B008
    files = find_files(str(folder), [".parquet"])
    return list(islice(read_texts(files, "text", seed, mix, start), count))


def test_every_epoch_has_every_text_once_in_a_different_order(tmp_path):
    rows = [f"text {i}" for i in range(40)]
    write_shards(tmp_path, rows)
    first, second = (read(tmp_path, 80)[i : i + 40] for i in (0, 40))
    assert sorted(text.text for text in first) == sorted(rows)
    assert sorted(text.text for text in second) == sorted(rows)
    assert [text.text for text in first] != [text.text for text in second]
    assert [text.text for text in first] != rows


def test_reading_resumes_from_any_position_across_epochs(tmp_path):
    write_shards(tmp_path, texts(20))
    whole = read(tmp_path, 50)
    for index in range(47):
        rest = read(tmp_path, 3, whole[index].following)
        assert rest == whole[index + 1 : index + 4]


@pytest.mark.parametrize("statistics", [True, False])
def test_a_text_is_one_of_the_rows_of_an_epoch_without_nulls(tmp_path, statistics):
    table = pa.table({"n": [1, None, None, 4, 5], "text": ["a", None, "b", "c", "d"]})
    path = tmp_path / "x.parquet"
    pq.write_table(table, path, row_group_size=2, write_statistics=statistics)
    assert {text.epoch_share for text in read(tmp_path, 6)} == {1 / 4 if statistics else 1 / 5}


def test_the_order_depends_on_the_seed_alone(tmp_path):
    write_shards(tmp_path, texts(30))
    assert read(tmp_path, 30) == read(tmp_path, 30)
    assert read(tmp_path, 30, seed="other") != read(tmp_path, 30)


def test_rows_of_multiple_groups_are_mixed(tmp_path):
    write_shards(tmp_path, [f"{i}" for i in range(100)], shards=1, group=10)
    groups = [int(text.text) // 10 for text in read(tmp_path, 20, mix=2)]
    assert len(set(groups)) == 2
    assert sum(a != b for a, b in pairwise(groups)) > 4


def test_the_origin_names_file_and_row(tmp_path):
    write_shards(tmp_path, [f"{i}" for i in range(20)], shards=2, group=3)
    for text in read(tmp_path, 20):
        path, row = text.origin.rsplit(":", 1)
        assert pq.read_table(path)["text"][int(row)].as_py() == text.text


def test_null_and_empty_texts_are_left_out(tmp_path):
    pq.write_table(pa.table({"text": ["a", None, "", "b"]}), tmp_path / "x.parquet")
    assert sorted(text.text for text in read(tmp_path, 2)) == ["a", "b"]


def test_files_without_any_text_are_an_error_instead_of_an_endless_loop(tmp_path):
    pq.write_table(pa.table({"text": [None, ""]}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="no text in column 'text'"):
        read(tmp_path, 1)


def test_a_missing_column_is_an_error_that_lists_the_columns(tmp_path):
    write_shards(tmp_path, ["a"], shards=1, column="body")
    with pytest.raises(ValueError, match=r"no column 'text'; it has id, body"):
        read(tmp_path, 1)


def test_folders_globs_and_files_match(tmp_path):
    for name in (
        "b.parquet",
        "a.parquet",
        "_x.parquet",
        "sub/c.parquet",
        "_tmp/d.parquet",
        "e.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def match(pattern):
        return [path[len(str(tmp_path)) + 1 :] for path in find_files(pattern, [".parquet"])]

    assert match(str(tmp_path)) == ["a.parquet", "b.parquet", "sub/c.parquet"]
    assert match(f"{tmp_path}/*.parquet") == ["a.parquet", "b.parquet"]
    assert match(f"{tmp_path}/e.txt") == ["e.txt"]
    with pytest.raises(ValueError, match=r"no \.parquet file in"):
        find_files(f"{tmp_path}/nowhere", [".parquet"])


def test_a_folder_whose_name_looks_like_a_glob_is_a_folder(tmp_path):
    folder = tmp_path / "run[1]"
    folder.mkdir()
    (folder / "a.parquet").touch()
    assert find_files(str(folder), [".parquet"]) == [str(folder / "a.parquet")]


def test_a_file_that_is_not_parquet_is_an_error(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 but truncated")
    with pytest.raises(InputError, match=r"x\.parquet is not a Parquet file"):
        read(tmp_path, 1)
