"""Files on the web are read whole, whatever the server does, or an error says why not."""

import gzip
import random
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from schemas.errors import InputError
from tests.helpers.web_server import web_server
from transforms.storage.files import Storage
from transforms.storage.http_file import open_http
from transforms.storage.remote_access import RemoteAccess

ACCESS = RemoteAccess(
    contact="us@example.org", requests_per_second=1000, timeout=0.5, retry_seconds=0.002
)
# Incompressible, and of three blocks and a bit.
DATA = gzip.compress(random.Random(0).randbytes((3 << 20) + 77), compresslevel=0, mtime=0)


def read(server, access=ACCESS, name="a.warc.gz"):
    with open_http(f"{server.url}/{name}", access) as file:
        return file.read()


@contextmanager
def opened(faults=()):
    with ExitStack() as stack:
        server = stack.enter_context(web_server({"a.warc.gz": DATA}, faults))
        yield server, stack.enter_context(open_http(f"{server.url}/a.warc.gz", ACCESS))


def test_a_file_is_read_by_one_request_that_names_us():
    with web_server({"a.warc.gz": DATA}) as server:
        assert read(server) == DATA
    [(path, asked, agent)] = server.requests
    assert (path, asked) == ("/a.warc.gz", "bytes=0-")
    assert agent.startswith("mathmine/")
    assert agent.endswith(" (+us@example.org)")


@pytest.mark.parametrize(
    "faults",
    [
        [503, 500, 429, 403],
        ["reset", "reset"],
        ["cut", "cut", "cut"],
        ["xml", "xml"],
        ["other range"],
        ["cut", "no range"],
        ["cut", 503, "reset", "cut", 502],
        ["retry-after"],
        ["stall"],
    ],
    ids=str,
)
def test_a_file_is_whole_after_faults(faults):
    with web_server({"a.warc.gz": DATA}, faults) as server:
        assert read(server) == DATA
    answered = faults.count("no range")  # from its start: what comes before is skipped
    assert len(server.requests) == len(faults) + 1 - answered


def test_an_interrupted_body_is_continued_where_it_ended():
    with web_server({"a.warc.gz": DATA}, ["cut"]) as server:
        read(server)
    offsets = [int(asked.removeprefix("bytes=").rstrip("-")) for _, asked, _ in server.requests]
    assert offsets[0] == 0
    assert 0 < offsets[1] <= len(DATA) // 2


def test_a_server_that_lies_about_the_length_is_an_error_in_the_end():
    with web_server({"a.warc.gz": DATA}, ["long"]) as server, pytest.raises(InputError) as refused:
        read(server)
    assert "is shorter than its server said" in str(refused.value)


def test_a_file_that_changes_is_not_mixed():
    with opened([None, "cut"]) as (server, file):
        assert file.read(10) == DATA[:10]
        server.files["a.warc.gz"] = DATA[:-1] + b"!"
        file.close()
        with pytest.raises(InputError, match="has changed while it was read"):
            file.seek(2 << 20)
            file.read()


def test_positions_may_be_read_in_any_order():
    with opened() as (server, file):
        assert file.seek(0, 2) == len(DATA)
        assert file.read() == b""
        for offset in (len(DATA) - 5, 0, 1_500_000, 3, (1 << 20) - 2):
            file.seek(offset)
            assert file.read(9) == DATA[offset : offset + 9]
        assert file.tell() == (1 << 20) + 7
    assert len(server.requests) <= 6


def test_small_steps_back_cost_no_request():
    with opened() as (server, file):
        for position in range(0, len(DATA), 100_000):
            file.seek(max(0, position - 70_000))
            file.read(100_000)
    assert len(server.requests) == 1


def test_what_stays_broken_ends_with_the_reason_and_what_to_do():
    quick = replace(ACCESS, retry_seconds=0.0002)
    with web_server({"a.warc.gz": DATA}, [503] * 50) as server, pytest.raises(InputError) as error:
        read(server, quick)
    assert str(error.value) == (
        f"{server.url}/a.warc.gz: HTTP status 503, 12 times in a row. Run the command again later "
        "to resume"
    )
    assert len(server.requests) == 12


def test_a_server_that_is_not_there_is_tried_half_as_often():
    with web_server({}) as server:
        pass
    with pytest.raises(InputError, match="ConnectionError, 6 times in a row"):
        read(server)


@pytest.mark.parametrize("status", [401, 404, 410])
def test_a_refusal_that_will_not_change_is_an_error_at_once(status):
    expected = pytest.raises(InputError, match=f"HTTP status {status}")
    with web_server({"a.warc.gz": DATA}, [status]) as server, expected:
        read(server)
    assert len(server.requests) == 1


def test_an_empty_file_is_empty():
    with web_server({"a.warc": b""}) as server:
        assert read(server, name="a.warc") == b""


def test_without_a_contact_no_request_is_made():
    expected = pytest.raises(InputError, match="--contact is missing")
    with web_server({"a.warc.gz": DATA}) as server, expected:
        read(server, replace(ACCESS, contact=""))
    assert server.requests == []


def test_a_storage_opens_urls():
    with web_server({"a.warc.gz": DATA}) as server:
        assert Storage(remote=ACCESS).read(f"{server.url}/a.warc.gz") == DATA
