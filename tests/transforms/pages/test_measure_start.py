import gzip

import pytest

from schemas.settings import Prepare
from tests.helpers.trees import tree
from tests.helpers.warcs import flip, gzip_each, record
from transforms.pages.measure_start import measure_start
from transforms.pages.prepare_shard import prepare_shard
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage

pytestmark = pytest.mark.slow  # starts processes

PAGE = b"<p>" + b"A theorem and its proof, at some length. " * 20 + b"</p>"


def members(number):
    """Pages of one size, but for their numbers."""
    return gzip_each([record(PAGE, f"http://a.org/{i:03}") for i in range(number)])


def warc(folder, data, name="a.warc.gz"):
    (folder / name).write_bytes(data)
    return WarcFile(str(folder / name), name, len(data))


def measure(file, folder, most_bytes=10**9):
    return measure_start(file, Prepare(), Storage(), folder, most_bytes)


def test_a_whole_file_has_the_pages_and_the_bytes_of_its_shards(tmp_path):
    data = members(30)
    data[5] = flip(data[5], 30)
    file = warc(tmp_path, b"".join([*data, *gzip_each([record(b"", kind="request")])]))
    part = prepare_shard(file, Prepare(), tree(tmp_path / "out"))
    measured = measure(file, tmp_path)
    assert measured.pages == part.counters["pages"] == 29
    assert measured.read_bytes == measured.file_bytes == file.bytes
    # The footers of the shards also have counters and digests.
    assert measured.stored_bytes == pytest.approx(sum(o.bytes for o in part.outputs), rel=0.2)
    assert measured.cpu_seconds > 0


def test_reading_ends_before_the_first_record_that_begins_too_late(tmp_path):
    data = members(9)
    file = warc(tmp_path, b"".join(data))
    limit = sum(map(len, data[:4]))
    assert measure(file, tmp_path, limit + 1).pages == 5
    measured = measure(file, tmp_path, limit)
    assert (measured.pages, measured.read_bytes) == (4, limit)
    assert measured.file_bytes == file.bytes


def test_records_that_share_a_member_are_measured_together(tmp_path):
    records = b"".join(record(PAGE, f"http://a.org/{i}") for i in range(3))
    file = warc(tmp_path, gzip.compress(records))
    assert measure(file, tmp_path, 1).pages == 3


def test_the_size_of_a_file_is_asked_for_if_it_is_unknown(tmp_path):
    file = warc(tmp_path, b"".join(members(3)))
    unknown = WarcFile(file.path, file.name)
    assert measure(unknown, tmp_path, 10).file_bytes == file.bytes


def test_a_file_that_is_empty_or_no_warc_has_no_page(tmp_path):
    empty = measure(warc(tmp_path, b""), tmp_path)
    assert (empty.pages, empty.read_bytes, empty.file_bytes) == (0, 0, 0)
    other = measure(warc(tmp_path, b"nothing " * 50, "b.warc"), tmp_path)
    assert (other.pages, other.read_bytes) == (0, 400)
