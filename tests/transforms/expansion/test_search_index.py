"""The records of an index that patterns accept, and what was not read for them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import InputError
from tests.helpers.crawl_index import SCHEMA, index_row, write_index
from tests.helpers.trees import read, tree
from transforms.expansion.search_index import IndexFile, search_index_file
from transforms.patterns.url_patterns import UrlPatterns
from transforms.text.fingerprints import hash64
from transforms.text.urls import url_key

LABELS = {"math.org": "accept", "math.org/forum": "reject", "wiki.net/*/A{number}": "accept"}


def search(folder, path, labels=LABELS):
    output = tree(folder / "out")
    part = search_index_file(IndexFile(str(path), "found.parquet", "CC"), labels, "", output)
    return read(output, "found.parquet"), part.counters


def rows_of(urls, **changes):
    return [index_row(url, "a.warc.gz", 100 * i, 100, **changes) for i, url in enumerate(urls)]


def index_of(folder, rows, **options):
    return write_index(folder / "index", rows, **options)[0]


def test_a_record_is_found_with_its_place_and_time(tmp_path):
    [row], counters = search(tmp_path, index_of(tmp_path, rows_of(["https://www.math.org/a?b=1"])))
    assert row.pop("fetched_at").isoformat() == "2026-01-15T00:00:00+00:00"
    assert row == {
        "url": "https://www.math.org/a?b=1",
        "url_hash": hash64(url_key("http://math.org/a?b=1")),
        "warc_file": "a.warc.gz",
        "warc_offset": 0,
        "warc_length": 100,
        "crawl": "CC",
    }
    assert (counters["rows"], counters["matched"], counters["found"]) == (1, 1, 1)


def test_patterns_decide_exactly_as_they_do_about_pages(tmp_path):
    hosts = ["math.org", "WWW.MATH.org", "amath.org", "wiki.net", "www2.wiki.net", "other.com"]
    paths = ["", "/", "/forum", "/forum/1", "/x/A12", "/x/A12/b", "/x/A1b", "/forum2?x=1", "/a%20b"]
    urls = [f"http://{host}{path}" for host in hosts for path in paths]
    found, _ = search(tmp_path, index_of(tmp_path, rows_of(urls), group=5))
    patterns = UrlPatterns(LABELS)
    accepted = [url for url in urls if patterns.label(url) == "accept"]
    assert sorted(row["url"] for row in found) == sorted(accepted)
    assert len(accepted) == 18


def test_what_is_no_page_is_counted_under_its_reason(tmp_path):
    url = "http://math.org/a"
    rows = [
        index_row(url, "a.warc.gz", 0, 9),
        index_row(url, "a.warc.gz", 0, 9, status=206),
        index_row(url, "a.warc.gz", 0, 9, mime=None),
        index_row(url, "a.warc.gz", 0, 9, mime="application/xhtml+xml"),
        index_row(url, "a.warc.gz", 0, 9, status=404),
        index_row(url, "a.warc.gz", 0, 9, status=None),
        index_row(url, "a.warc.gz", 0, 9, mime="application/pdf"),
        index_row(url, "a.warc.zst", 0, 9),
        index_row(url, "a.warc.gz", None, 9),
        index_row("ftp://math.org/a", "a.warc.gz", 0, 9),
    ]
    found, counters = search(tmp_path, index_of(tmp_path, rows))
    assert len(found) == counters["found"] == 4
    left_out = {name: n for name, n in counters.items() if name.startswith("left_out.")}
    assert left_out == {
        "left_out.status": 2,
        "left_out.not_html": 1,
        "left_out.not_gzip": 1,
        "left_out.no_record": 1,
        "left_out.not_http": 1,
    }
    assert counters["matched"] == 10


def test_row_groups_without_a_host_of_a_pattern_are_not_read(tmp_path):
    urls = [f"http://h{number:03}.org/{page}" for number in range(200) for page in range(20)]
    rows = rows_of([*urls, "http://math.org/a"])
    path = index_of(tmp_path, rows, group=100)
    found, counters = search(tmp_path, path)
    assert len(found) == 1
    assert (counters["groups"], counters["read_groups"]) == (41, 1)
    assert 0 < counters["read_bytes"] < counters["bytes"] / 30


@pytest.mark.parametrize("missing", ["url_surtkey", "url_host_name", "fetch_time", "statistics"])
def test_columns_that_only_save_work_may_be_missing(tmp_path, missing):
    rows = rows_of(["http://math.org/a", "http://other.org/"])
    index = pa.Table.from_pylist(rows, SCHEMA)
    index = index.drop_columns([missing] if missing in index.column_names else [])
    pq.write_table(index, tmp_path / "i.parquet", write_statistics=missing != "statistics")
    found, _ = search(tmp_path, tmp_path / "i.parquet")
    assert [row["url"] for row in found] == ["http://math.org/a"]


def test_the_crawl_of_a_row_is_its_own_if_the_index_has_that_column(tmp_path):
    rows = pa.Table.from_pylist(rows_of(["http://math.org/a"]), SCHEMA)
    pq.write_table(rows.append_column("crawl", [["CC-OTHER"]]), tmp_path / "i.parquet")
    [row], _ = search(tmp_path, tmp_path / "i.parquet")
    assert row["crawl"] == "CC-OTHER"


def test_another_file_is_an_error_that_says_what_is_missing(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match=r"--index .*a\.parquet: it is not a Parquet file"):
        search(tmp_path, tmp_path / "a.parquet")
    pq.write_table(pa.table({"url": ["http://math.org/"]}), tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"b\.parquet: the column fetch_status of Common Crawl's"):
        search(tmp_path, tmp_path / "b.parquet")
    assert not (tmp_path / "out/found.parquet").exists()
