"""What requests for special buckets say, to a server that is not S3 but sees them."""

import pytest

from schemas.errors import InputError
from tests.helpers.object_store import object_store
from tests.helpers.web_server import web_server
from transforms.storage import s3_file
from transforms.storage.files import Storage
from transforms.storage.remote_access import RemoteAccess

pytestmark = pytest.mark.slow  # imports boto3
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
