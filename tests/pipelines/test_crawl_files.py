import gzip
import os

import pytest

from pipelines.crawl_files import crawl_files
from schemas.errors import InputError
from transforms.storage.files import Storage


def names(*paths):
    return [warc.name for warc, _ in crawl_files(map(str, paths), Storage())]


@pytest.fixture
def folder(tmp_path):
    for name in ("a.warc.gz", "deep/b.warc", "deep/c.warc.zst", "deep/a.warc.gz", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    return tmp_path


def test_a_folder_names_the_warc_files_below_it_each_under_a_unique_name(folder):
    files = crawl_files([str(folder)], Storage())
    top = folder.name
    assert [(warc.name, size) for warc, size in files] == [
        ("b.warc", 5),
        ("c.warc.zst", 5),
        ("deep/a.warc.gz", 5),
        (f"{top}/a.warc.gz", 5),
    ]
    assert len({warc.shard for warc, _ in files}) == 4


def test_a_file_may_have_any_name_and_is_taken_once(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert names(folder / "d.txt", "d.txt", "./deep/../d.txt") == ["d.txt"]


def test_globs_match(folder):
    assert names(folder / "deep/*.warc*") == ["a.warc.gz", "b.warc", "c.warc.zst"]


@pytest.mark.parametrize("name", ["my.warc.paths", "my.warc.paths.gz"])
def test_a_list_of_paths_is_relative_to_its_folder(folder, name):
    text = f"deep/b.warc\n\n{folder}/a.warc.gz\n".encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    assert names(folder / name) == ["a.warc.gz", "b.warc"]


def test_a_list_that_names_a_missing_file_is_an_error_that_names_it(folder):
    (folder / "x.paths").write_text("gone.warc\n")
    with pytest.raises(InputError, match=r"x\.paths names gone\.warc"):
        names(folder / "x.paths")


def test_the_order_of_the_paths_does_not_matter(folder):
    first, second = folder / "a.warc.gz", folder / "deep/b.warc"
    assert names(first, second) == names(second, first)


def test_a_file_that_cannot_be_read_is_an_error_before_any_work(folder, monkeypatch):
    unreadable = str(folder / "a.warc.gz")
    monkeypatch.setattr(os, "access", lambda path, mode: path != unreadable)  # root reads all files
    with pytest.raises(InputError, match=r"--crawl .*a\.warc\.gz: Permission denied"):
        names(folder)
