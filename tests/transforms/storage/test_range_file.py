"""Ranges of files are read exactly, by one request each, whatever the server does."""

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import InputError
from tests.helpers.web_server import web_server
from transforms.storage.files import RangeRead, Storage
from transforms.storage.range_file import RangeFile
from transforms.storage.remote_access import RemoteAccess

STORAGE = Storage(remote=RemoteAccess("us@example.org", 1000, timeout=0.5, retry_seconds=0.002))
DATA = b"\x1f\x8b" + bytes(range(256)) * 8


def test_a_range_is_one_request_for_its_bytes_alone():
    with web_server({"a.gz": DATA}) as server:
        read = STORAGE.read_range(f"{server.url}/a.gz", 100, 50)
    assert read == RangeRead(DATA[100:150], len(DATA), 1)
    assert [range_ for _, range_, _ in server.requests] == ["bytes=100-149"]


@pytest.mark.parametrize(
    "fault", [503, 403, 429, "reset", "cut", "stall", "xml", "no range", "other range", "long"]
)
@pytest.mark.parametrize("start", [0, 100])
def test_a_range_has_its_bytes_after_any_fault(fault, start):
    with web_server({"a.gz": DATA}, [fault]) as server:
        read = STORAGE.read_range(f"{server.url}/a.gz", start, 50)
    assert read.data == DATA[start : start + 50]
    assert all(range_.endswith(f"-{start + 49}") for _, range_, _ in server.requests)
    assert read.requests == len(server.requests)


def test_connections_are_used_again():
    with web_server({"a.gz": DATA}) as server:
        for start in (0, 100, 200):
            STORAGE.read_range(f"{server.url}/a.gz", start, 50)
        assert server.connections == 1


def test_a_range_beyond_the_end_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "a.gz").write_bytes(DATA)
    with web_server({"a.gz": DATA}) as server:
        for path in (f"{server.url}/a.gz", str(tmp_path / "a.gz")):
            with pytest.raises(InputError, match=r"a\.gz (is shorter than|ends before byte)"):
                STORAGE.read_range(path, len(DATA) - 10, 11)
    with pytest.raises(InputError, match=r"none\.gz: No such file"):
        STORAGE.read_range(str(tmp_path / "none.gz"), 0, 1)


def test_columns_of_a_remote_file_are_read_without_the_others():
    randbytes = random.Random(0).randbytes
    table = pa.table({"a": range(1000), "b": [randbytes(1000) for _ in range(1000)]})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=100, use_dictionary=False)
    content = buffer.getvalue()
    with (
        web_server({"t.parquet": content}) as server,
        RangeFile(f"{server.url}/t.parquet", STORAGE) as file,
    ):
        parquet = pq.ParquetFile(file, pre_buffer=True)
        assert parquet.read_row_group(3, ["a"]).column(0).to_pylist() == list(range(300, 400))
        assert file.requests == len(server.requests) == 3  # size, footer, column
        assert file.bytes_read < len(content) / 5


def test_a_local_file_is_read_as_a_remote_one_is(tmp_path):
    (tmp_path / "a").write_bytes(DATA)
    with web_server({"a": DATA}) as server:
        for path in (str(tmp_path / "a"), f"{server.url}/a"):
            with RangeFile(path, STORAGE) as file:
                assert (file.read(3), file.tell()) == (DATA[:3], 3)
                assert file.seek(-4, io.SEEK_END) == len(DATA) - 4
                assert (file.read(100), file.read(), file.read(5)) == (DATA[-4:], b"", b"")
                file.seek(1)
                assert file.read() == DATA[1:]
