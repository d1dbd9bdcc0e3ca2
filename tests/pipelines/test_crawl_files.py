import gzip
import os
import time

import pytest

from pipelines.crawl_files import crawl_files, walk
from schemas.errors import InputError
from tests.helpers.web_server import web_server
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage
from transforms.storage.remote_access import RemoteAccess


def names(*paths):
    return [warc.name for warc in crawl_files(map(str, paths), Storage())]


@pytest.fixture
def folder(tmp_path):
    for name in ("a.warc.gz", "deep/b.warc", "deep/c.warc.zst", "deep/a.warc.gz", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    return tmp_path


def test_a_folder_names_the_warc_files_below_it_by_their_paths_from_there(folder):
    files = crawl_files([str(folder)], Storage())
    assert [(warc.name, warc.bytes) for warc in files] == [
        ("a.warc.gz", 5),
        ("deep/a.warc.gz", 5),
        ("deep/b.warc", 5),
        ("deep/c.warc.zst", 5),
    ]
    assert {warc.modified for warc in files} == {
        os.stat(folder / warc.name).st_mtime for warc in files
    }


@pytest.mark.parametrize("given", ["", "crawl-data", "crawl-data/CC", "crawl-data/CC/*/*.warc"])
def test_the_files_of_common_crawl_have_the_same_names_however_they_are_given(tmp_path, given):
    file = tmp_path / "my-crawl-data/crawl-data/CC/warc/x.warc"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    assert names(tmp_path / "my-crawl-data" / given) == ["crawl-data/CC/warc/x.warc"]


def test_no_two_files_have_the_same_shard(tmp_path):
    listed = [
        "a/x",
        "a__x",
        "a%2Fx",
        "a/b/x",
        "a b",
        "a+b",
        "A/x",
        "\u00fc" * 60,
        "\u00fc" * 60 + "/y",
    ]
    listed += ["l" * 230 + "1", "l" * 230 + "2"]
    shards = {WarcFile(f"/{name}.warc", f"{name}.warc").shard for name in listed}
    assert len(shards) == len(listed)
    assert all("/" not in shard and len(shard) < 255 for shard in shards)


def test_two_files_of_one_name_are_an_error_that_names_both(folder):
    with pytest.raises(InputError) as refused:
        names(folder / "a.warc.gz", folder / "deep/a.warc.gz")
    assert str(refused.value) == (
        f"--crawl: {folder}/a.warc.gz and {folder}/deep/a.warc.gz would both be named a.warc.gz in "
        "the corpus: give a folder that contains both"
    )


def test_a_file_that_is_given_twice_has_the_longer_name(folder):
    expected = ["b.warc", "deep/a.warc.gz", "deep/c.warc.zst"]
    (folder / "a.warc.gz").unlink()
    (folder / "deep/b.warc").rename(folder / "b.warc")
    assert names(folder, folder / "deep/a.warc.gz") == expected
    assert names(folder / "deep/a.warc.gz", folder) == expected


def test_links_to_folders_are_followed_once(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "e.warc").write_bytes(b"")
    for link, target in [
        ("again", "deep"),
        ("deep/up", ".."),
        ("deep/self", "self"),
        ("far", elsewhere),
        ("far2", elsewhere),
    ]:
        (folder / link).symlink_to(target)
    expected = ["a.warc.gz", "deep/a.warc.gz", "deep/b.warc", "deep/c.warc.zst", "far/e.warc"]
    assert names(folder) == expected
    (folder / "link.warc").symlink_to("gone.warc")
    with pytest.raises(InputError, match=r"--crawl .*/link\.warc: No such file"):
        names(folder)


def test_a_file_whose_name_looks_like_a_glob_is_that_file(folder):
    (folder / "[ab].warc").write_bytes(b"")
    assert names(folder / "[ab].warc") == ["[ab].warc"]


def test_a_file_may_have_any_name_and_is_taken_once(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert names(folder / "d.txt", "d.txt", "./deep/../d.txt") == ["d.txt"]


def test_globs_match(folder):
    assert names(folder / "deep/*.warc*") == ["a.warc.gz", "b.warc", "c.warc.zst"]


@pytest.mark.parametrize("name", ["my.warc.paths", "my.warc.paths.gz"])
def test_a_list_of_paths_is_relative_to_its_folder(folder, name, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "a.warc.gz"
    other.write_bytes(b"")
    text = f"deep/b.warc\n\n{folder}/deep/a.warc.gz\na.warc.gz\n{other}\n".encode()
    (folder / name).write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
    expected = ["a.warc.gz", "deep/a.warc.gz", "deep/b.warc", str(other).strip("/")]
    assert names(folder / name) == sorted(expected)


def test_a_list_that_names_a_missing_file_is_an_error_that_names_it(folder):
    (folder / "x.paths").write_text("gone.warc\n")
    with pytest.raises(InputError, match=r"x\.paths names gone\.warc"):
        names(folder / "x.paths")


LINES = [f"crawl-data/CC-MAIN-2026-05/segments/1/warc/{n}.warc.gz" for n in range(9)]


@pytest.fixture
def copy(tmp_path):
    """A local copy of a crawl with the folders of Common Crawl."""
    for line in LINES:
        (tmp_path / line).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / line).write_bytes(b"12345")
    paths = tmp_path / "crawl-data/CC-MAIN-2026-05/warc.paths.gz"
    paths.write_bytes(gzip.compress("\n".join(LINES).encode(), mtime=0))
    return paths


def test_the_lines_of_common_crawl_are_relative_to_a_folder_above_the_list(copy, tmp_path):
    files = crawl_files([str(copy)], Storage())
    assert [(warc.name, warc.path) for warc in files] == [
        (line, str(tmp_path / line)) for line in LINES
    ]


def test_the_lines_of_a_list_elsewhere_are_relative_to_the_crawl_root(copy, tmp_path):
    (tmp_path / "lists").mkdir()
    elsewhere = copy.rename(tmp_path / "lists" / "january.paths.gz")
    assert [warc.name for warc in crawl_files([str(elsewhere)], Storage())] == LINES
    (tmp_path / "crawl-data").rename(tmp_path / "lists" / "crawl-data")
    elsewhere = elsewhere.rename(tmp_path / "january.paths.gz")
    with pytest.raises(InputError, match="with --crawl-root"):
        crawl_files([str(elsewhere)], Storage())
    files = crawl_files([str(elsewhere)], Storage(), root=str(tmp_path / "lists"))
    assert [warc.name for warc in files] == LINES


def test_a_crawl_is_found_by_its_name(copy, tmp_path):
    files = crawl_files(["cc:CC-MAIN-2026-05"], Storage(), root=str(tmp_path))
    assert [(warc.name, warc.bytes) for warc in files] == [(line, 5) for line in LINES]
    with pytest.raises(InputError, match=r"CC-MAIN-2026-06/warc\.paths\.gz: No such file"):
        crawl_files(["cc:CC-MAIN-2026-06"], Storage(), root=str(tmp_path))
    with pytest.raises(InputError, match="a name as cc:CC-MAIN-2026-05 is expected"):
        crawl_files(["cc:../x"], Storage(), root=str(tmp_path))


def test_files_on_the_web_have_the_same_names_and_are_not_looked_up(copy, tmp_path):
    with web_server({str(copy.relative_to(tmp_path)): copy.read_bytes()}) as server:
        storage = Storage(remote=RemoteAccess(contact="a@b.org", requests_per_second=1000))
        files = crawl_files(["cc:CC-MAIN-2026-05"], storage, root=server.url)
    assert [(warc.name, warc.path) for warc in files] == [
        (line, f"{server.url}/{line}") for line in LINES
    ]
    assert len(server.requests) == 1


def test_a_list_on_the_web_needs_one_look(copy, tmp_path):
    name = str(copy.relative_to(tmp_path))
    served = {name: copy.read_bytes(), LINES[0]: b"\x1f\x8b12345"}
    with web_server(served) as server:
        storage = Storage(remote=RemoteAccess(contact="a@b.org", requests_per_second=1000))
        files = crawl_files([f"{server.url}/{name}"], storage)
    assert [warc.path for warc in files] == [f"{server.url}/{line}" for line in LINES]
    # The list, and its first line below three folders.
    assert [path for path, _, _ in server.requests][-1] == f"/{LINES[0]}"
    assert len(server.requests) <= 4


def test_a_sample_is_drawn_by_hash_and_a_larger_one_has_it(copy, tmp_path):
    def chosen(**choice):
        return [warc.name for warc in crawl_files([str(copy)], Storage(), **choice)]

    assert len(chosen(sample=3)) == len(chosen(sample=1 / 3)) == 3
    assert set(chosen(sample=3)) < set(chosen(sample=5)) < set(chosen(sample=100))
    assert chosen(sample=5) == sorted(chosen(sample=5)) != LINES[:5]
    assert chosen(limit=2) == LINES[:2]
    assert chosen(sample=5, limit=2) == chosen(sample=5)[:2]
    assert len(chosen(sample=0.001)) == 1


def test_a_crawl_of_ninety_thousand_files_is_listed_without_looking_at_each(tmp_path):
    folder = "crawl-data/CC-MAIN-2026-05"
    lines = [f"{folder}/segments/{n // 900}/warc/{n:05}.warc.gz" for n in range(90_000)]
    paths = gzip.compress("\n".join(lines).encode(), mtime=0)
    with web_server({f"{folder}/warc.paths.gz": paths}) as server:
        storage = Storage(remote=RemoteAccess(contact="a@b.org"))
        before = time.process_time()
        files = crawl_files(["cc:CC-MAIN-2026-05"], storage, root=server.url)
    assert time.process_time() - before < 20  # about two seconds
    assert len(server.requests) == 1
    assert [warc.name for warc in files] == sorted(lines)


def test_an_empty_list_is_an_error(tmp_path):
    (tmp_path / "x.paths").write_text("\n")
    with pytest.raises(InputError, match=r"x\.paths: the list is empty"):
        names(tmp_path / "x.paths")


@pytest.mark.parametrize("path", ["", " "])
def test_an_empty_path_is_not_the_root_or_the_current_folder(folder, path):
    with pytest.raises(InputError, match=f"--crawl '{path}': a path is expected"):
        names(folder, path)


def test_a_name_that_is_not_utf_8_is_refused(folder):
    (folder / os.fsdecode(b"\xff.warc")).write_bytes(b"")
    with pytest.raises(InputError, match=r"rename the file '.*/\\udcff\.warc': it is not UTF-8"):
        names(folder)


def test_the_order_of_the_paths_does_not_matter(folder):
    first, second = folder / "a.warc.gz", folder / "deep/b.warc"
    assert names(first, second) == names(second, first)


def test_a_file_that_cannot_be_read_is_an_error_before_any_work(folder, monkeypatch):
    unreadable = str(folder / "a.warc.gz")
    monkeypatch.setattr(os, "access", lambda path, mode: path != unreadable)  # root reads all files
    with pytest.raises(InputError, match=r"--crawl .*a\.warc\.gz: Permission denied"):
        names(folder)


def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none: No such file or directory"):
        list(walk(str(tmp_path / "none")))
