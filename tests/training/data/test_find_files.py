import pytest

from training.data.find_files import find_files


def test_folders_globs_and_files(tmp_path):
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

    def found(told):
        return [path[len(str(tmp_path)) + 1 :] for path in find_files(told, [".parquet"])]

    assert found(str(tmp_path)) == ["a.parquet", "b.parquet", "sub/c.parquet"]
    assert found(f"{tmp_path}/*.parquet") == ["a.parquet", "b.parquet"]
    assert found(f"{tmp_path}/e.txt") == ["e.txt"]
    with pytest.raises(ValueError, match=r"no \.parquet file in"):
        find_files(f"{tmp_path}/nowhere", [".parquet"])


def test_a_folder_whose_name_looks_like_a_glob(tmp_path):
    folder = tmp_path / "run[1]"
    folder.mkdir()
    (folder / "a.parquet").touch()
    assert find_files(str(folder), [".parquet"]) == [str(folder / "a.parquet")]
