"""What requests for special buckets say, to a server that is not S3 but sees them."""

import re

import pytest
from s3transfer.utils import ReadFileChunk

from schemas.errors import InputError
from tests.helpers.object_store import object_store
from tests.helpers.web_server import web_server
from transforms.storage import s3_file
from transforms.storage.files import Storage
from transforms.storage.remote_access import RemoteAccess

pytestmark = pytest.mark.slow  # imports boto3, starts servers
BUCKETS = frozenset(["crawl"])


def storage_for(url, **access):
    options = {"s3_endpoint_url": url, "s3_access_key_id": "k", "s3_secret_access_key": "s"}
    remote = RemoteAccess(requests_per_second=1000, timeout=1, retry_seconds=0.002, **access)
    return Storage(tuple(options.items()), remote)


def test_an_anonymous_request_is_not_signed_and_survives_faults():
    with web_server({"crawl/a.warc": b"0123456789"}, ["cut", 503, "reset"]) as server:
        storage = storage_for(server.url, anonymous_buckets=BUCKETS)
        assert storage.read("s3://crawl/a.warc") == b"0123456789"
    assert [headers.get("Authorization") for headers in server.headers] == [None] * 4


@pytest.mark.parametrize("fault", ["cut", 503, "reset", "short", "stall"])
def test_an_object_of_any_bucket_is_whole_after_faults(fault):
    with web_server({"crawl/a.warc": b"0123456789"}, [fault, fault]) as server:
        assert storage_for(server.url).read("s3://crawl/a.warc") == b"0123456789"
    assert len(server.requests) == 3


@pytest.mark.filterwarnings("ignore")  # warnings of boto and moto
@pytest.mark.parametrize("megabytes", [1, 20])  # one request, or an upload in parts
def test_an_upload_that_is_interrupted_leaves_what_was_there(megabytes, monkeypatch):
    left = [megabytes << 19]
    read = ReadFileChunk.read

    def interrupted(chunk, amount=None):
        data = read(chunk, amount)
        left[0] -= len(data)
        if left[0] < 0:
            raise KeyboardInterrupt
        return data

    with object_store() as (storage, _):
        storage.write("s3://bucket/a", b"old")
        monkeypatch.setattr(ReadFileChunk, "read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            storage.write("s3://bucket/a", bytes(megabytes << 20))
        assert storage.read("s3://bucket/a") == b"old"


@pytest.mark.filterwarnings("ignore")
def test_a_store_that_stays_broken_is_one_line_that_says_what_to_do(monkeypatch):
    monkeypatch.setattr(s3_file, "_ATTEMPTS", 2)
    for ask in (Storage.exists, Storage.match, Storage.remove, lambda s, p: s.write(p, b"x")):
        with web_server({}, [503] * 20) as server, pytest.raises(InputError) as error:
            ask(storage_for(server.url), "s3://crawl/a")
        assert re.fullmatch(
            r"s3://crawl/a: .*, 2 times. Run the command again later to resume", str(error.value)
        )


@pytest.mark.filterwarnings("ignore")
def test_an_upload_that_will_never_succeed_says_why_and_not_to_try_again():
    with object_store() as (storage, _), pytest.raises(InputError) as error:
        storage.write("s3://no-such-bucket/a", b"x")
    assert "NoSuchBucket" in str(error.value)
    assert "Run the command again" not in str(error.value)


def test_requests_to_a_bucket_whose_readers_pay_say_that_we_do():
    with web_server({"crawl/a.warc": b"0123456789"}) as server:
        storage = storage_for(server.url, requester_pays_buckets=BUCKETS)
        assert storage.read("s3://crawl/a.warc") == b"0123456789"
    [headers] = server.headers
    assert headers["x-amz-request-payer"] == "requester"
    assert "Credential=k/" in headers["Authorization"]


def test_a_range_is_one_request_for_its_bytes_alone_and_survives_faults():
    with web_server({"crawl/a.warc": b"0123456789"}, [503, "cut", "stall"]) as server:
        storage = storage_for(server.url, anonymous_buckets=BUCKETS)
        read = storage.read_range("s3://crawl/a.warc", 3, 4)
    assert (read.data, read.file_bytes, read.requests) == (b"3456", 10, 4)
    ranges = [asked for _, asked, _ in server.requests]
    assert ranges == ["bytes=3-6", "bytes=3-6", "bytes=5-6", "bytes=5-6"]


def test_a_range_of_a_bucket_of_our_own_is_read_with_its_credentials():
    with object_store() as (storage, client):
        client.put_object(Bucket="bucket", Key="a.warc", Body=b"0123456789")
        assert storage.read_range("s3://bucket/a.warc", 3, 4).data == b"3456"
        with pytest.raises(InputError, match=r"s3://bucket/none: .*NoSuchKey"):
            storage.read_range("s3://bucket/none", 3, 4)


def test_a_missing_object_is_an_error_at_once():
    with object_store() as (storage, _):
        remote = RemoteAccess(anonymous_buckets=frozenset(["bucket"]))
        with pytest.raises(InputError, match=r"s3://bucket/none: .*NoSuchKey"):
            Storage(storage.options, remote).read("s3://bucket/none")


def test_objects_are_listed_by_pages(monkeypatch):
    monkeypatch.setattr(s3_file, "_PAGE", 4)
    with object_store() as (storage, client):
        client.put_bucket_acl(Bucket="bucket", ACL="public-read")
        for number in range(15):
            client.put_object(Bucket="bucket", Key=f"a/{number:04}.warc", Body=b"x" * (number % 3))
        remote = RemoteAccess(anonymous_buckets=frozenset(["bucket"]))
        special = Storage(storage.options, remote)
        assert special.match("s3://bucket/a/**") == storage.match("s3://bucket/a/**")
        assert special.match("s3://bucket/a/000?.warc") == storage.match("s3://bucket/a/000?.warc")
        assert special.match("s3://bucket/a/0001.warc") == [("s3://bucket/a/0001.warc", 1)]
