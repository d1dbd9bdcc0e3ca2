"""Fetched records become the same rows as in the whole files that they come from."""

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import shards
from schemas.settings import Prepare
from tests.helpers.trees import read, tree
from tests.helpers.warcs import flip, gzip_each, record
from transforms.pages.find_records import find_records
from transforms.pages.prepare_shard import prepare_shard
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage

PAGE = b"<p>" + b"Let n be a natural number, and consider its divisors. " * 20 + b"</p>"
NAME = "crawl-data/CC-MAIN-2026-05/segments/1/warc/x-00007.warc.gz"
WARCINFO = (
    b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 25\r\n\r\n"
    + b"isPartOf: CC-MAIN-2026-05"
    + b"\r\n" * 2
)


def members():
    pages = [record(PAGE + b"%d" % n, f"http://math.org/{n}") for n in range(6)]
    return gzip_each([WARCINFO, *pages])


def row(number, offset, length, crawl="CC-MAIN-2026-05"):
    url = f"http://math.org/{number}"
    return [url, 0, NAME, offset, length, crawl, None]


def fetched(folder, wanted, crawl="CC-MAIN-2026-05", data=None):
    """A file of some members, and the list of where they come from."""
    files = members()
    offsets = [sum(map(len, files[:n])) for n in range(len(files))]
    rows = [row(n, offsets[n], len(files[n]), crawl) for n in wanted]
    plan = pa.Table.from_arrays(
        [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), shards.INDEXED, strict=True)],
        schema=shards.INDEXED,
    )
    pq.write_table(plan, folder / "plan.parquet")
    (folder / "00000.warc.gz").write_bytes(data or b"".join(files[n] for n in wanted))
    path, name = str(folder / "00000.warc.gz"), "expansion/01/00000.warc.gz"
    return WarcFile(path, name, plan=str(folder / "plan.parquet"))


def prepared(folder, warc):
    output = tree(folder / warc.name.replace("/", "-"))
    part = prepare_shard(warc, Prepare(), output)
    return part, read(output, part.outputs[1].path), read(output, part.outputs[0].path)


def whole_file(folder):
    path = folder / "whole.warc.gz"
    path.write_bytes(b"".join(members()))
    return WarcFile(str(path), NAME)


def test_rows_are_those_of_the_whole_file(tmp_path):
    part, rows, _ = prepared(tmp_path, fetched(tmp_path, [2, 5]))
    _, whole, _ = prepared(tmp_path, whole_file(tmp_path))
    assert rows == [whole[1], whole[4]]
    assert part.counters == {"records": 2, "pages": 2, "fetched": 2}
    assert rows[0]["crawl"] == "CC-MAIN-2026-05"


def test_without_a_crawl_in_the_index_the_name_of_the_file_says_it(tmp_path):
    _, rows, _ = prepared(tmp_path, fetched(tmp_path, [2], crawl=""))
    assert rows[0]["crawl"] == "CC-MAIN-2026-05"


def test_a_damaged_record_is_a_failure_where_the_crawl_has_it_and_costs_no_other(tmp_path):
    files = members()
    data = flip(files[2], 40) + files[3] + b"no member" * 10
    warc = fetched(tmp_path, [2, 3], data=data)
    part, rows, failures = prepared(tmp_path, warc)
    offset = sum(map(len, files[:2]))
    assert [(row["warc_file"], row["warc_offset"]) for row in failures] == [(NAME, offset)]
    assert [row["url"] for row in rows] == ["http://math.org/2"]
    assert part.counters == {
        "records": 2,
        "pages": 1,
        "failed.damaged_member": 1,
        "fetched": 2,
    }


def test_bytes_that_are_no_record_are_a_failure(tmp_path):
    part, rows, [failure] = prepared(tmp_path, fetched(tmp_path, [2], data=b"<Error/>" * 100))
    assert (rows, failure["reason"]) == ([], "no_record")
    assert part.counters == {"records": 1, "failed.no_record": 1, "fetched": 1}


def test_a_record_is_found_by_its_place_in_the_crawl(tmp_path):
    warc, offset = fetched(tmp_path, [2, 3]), sum(map(len, members()[:3]))

    def is_wanted(name, at, number, url):
        return (name, at) == (NAME, offset)

    [found] = find_records(warc, is_wanted, Prepare(), Storage())
    assert (found.warc_file, found.offset, found.url) == (NAME, offset, "http://math.org/2")
