"""Which files `--index` names, and where the crawl is."""

import gzip

import pytest

from pipelines import crawl_lists
from pipelines.index_files import Index, crawl_of, index_files
from schemas.errors import InputError
from tests.helpers.web_server import web_server
from transforms.storage.files import Storage
from transforms.storage.remote_access import RemoteAccess

STORAGE = Storage(remote=RemoteAccess("us@example.org", 1000, timeout=0.5, retry_seconds=0.002))
PART = "cc-index/table/cc-main/warc/crawl=CC-MAIN-2026-05/subset={}/part-{:05}.gz.parquet"


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"PAR1")


def test_a_folder_is_searched_for_the_subset_of_pages(tmp_path):
    robots = PART.format("robotstxt", 0)
    touch(tmp_path, PART.format("warc", 1), PART.format("warc", 0), robots, "a/_SUCCESS")
    index = index_files(str(tmp_path), STORAGE, None)
    assert index.paths == tuple(str(tmp_path / PART.format("warc", n)) for n in (0, 1))
    assert index.names == [
        f"crawl=CC-MAIN-2026-05/subset=warc/part-{n:05}.gz.parquet" for n in (0, 1)
    ]
    assert (index.root, crawl_of(index.paths[0])) == (None, "CC-MAIN-2026-05")


@pytest.mark.parametrize("path", ["b.parquet", "b*.parquet", "."])
def test_a_file_a_glob_and_a_folder_without_partitions_name_files(tmp_path, path):
    touch(tmp_path, "b.parquet", "notes.txt")
    index = index_files(str(tmp_path / path), STORAGE, "root")
    assert [item.rpartition("/")[2] for item in index.paths] == index.names == ["b.parquet"]
    assert (index.root, crawl_of(index.paths[0])) == ("root", "")


def test_lines_of_a_list_are_below_its_folder_or_one_above(tmp_path):
    touch(tmp_path, PART.format("warc", 0))
    path = tmp_path / "crawl-data/CC-MAIN-2026-05/cc-index-table.paths.gz"
    path.parent.mkdir(parents=True)
    lines = [PART.format(subset, 0) for subset in ("crawldiagnostics", "warc")]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    touch(tmp_path, lines[0])
    index = index_files(str(path), STORAGE, None)
    assert index == Index((str(tmp_path / lines[1]),), str(tmp_path))


def test_a_crawl_by_name_is_on_the_web(monkeypatch):
    line = PART.format("warc", 0)
    listing = {"crawl-data/CC-X/cc-index-table.paths.gz": gzip.compress(line.encode())}
    with web_server(listing) as server:
        monkeypatch.setattr(crawl_lists, "_WEB", server.url)
        index = index_files("cc:CC-X", STORAGE, None)
    assert index == Index((f"{server.url}/{line}",), server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "--index .*none: no Parquet file there"),
        ("", "--index ''"),
        ("cc:../x", r"--index cc:\.\./x: a name as"),
    ],
)
def test_an_index_without_files_is_an_error(tmp_path, path, message):
    with pytest.raises(InputError, match=message):
        index_files(str(tmp_path / path) if path == "none" else path, STORAGE, None)
