import errno
import socket

import pytest
from apache_beam.io.filesystem import FileSystem
from apache_beam.io.filesystems import FileSystems

from schemas.errors import DamagedFileError, DiskFullError, InputError
from schemas.manifest import Output
from schemas.settings import Prepare
from tests.helpers.object_store import object_store
from tests.helpers.warcs import record
from transforms.pages.prepare_shard import prepare_shard
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage, join
from transforms.storage.output_tree import OutputTree

pytestmark = pytest.mark.slow  # starts a server


@pytest.fixture
def s3():
    with object_store() as store:
        yield store


@pytest.mark.filterwarnings("ignore")  # warnings of boto and moto
def test_shards_on_an_object_store_equal_those_on_a_disk(s3, tmp_path):
    storage, client = s3
    html = b"<p>Let $x$ be a real number.</p>"
    client.put_object(Bucket="bucket", Key="in/a.warc", Body=record(html))
    (tmp_path / "a.warc").write_bytes(record(html))
    on_s3 = OutputTree("s3://bucket/out", storage)
    on_disk = OutputTree(str(tmp_path), Storage())
    settings = Prepare()
    remote = prepare_shard(WarcFile("s3://bucket/in/a.warc", "a.warc"), settings, on_s3)
    local = prepare_shard(WarcFile(str(tmp_path / "a.warc"), "a.warc"), settings, on_disk)
    assert remote == local
    assert on_s3.read("pages/a.warc.parquet") == on_disk.read("pages/a.warc.parquet")
    assert prepare_shard(WarcFile("gone", "a.warc"), settings, on_s3) == remote
    assert [path for path, _ in storage.match("s3://bucket/out/**")] == [
        "s3://bucket/out/failures/a.warc.parquet",
        "s3://bucket/out/pages/a.warc.parquet",
    ]


@pytest.mark.filterwarnings("ignore")
def test_files_of_an_object_store_are_compared_with_their_digests(s3):
    storage, client = s3
    output_tree = OutputTree("s3://bucket/out", storage)
    output_tree.write("pages/a", b"content")
    digest = storage.sha256("s3://bucket/out/pages/a")
    file = Output(path="pages/a", rows=0, bytes=7, sha256=digest)
    assert output_tree.read_verified(file) == b"content"
    client.put_object(Bucket="bucket", Key="out/pages/a", Body=b"other")
    with pytest.raises(DamagedFileError, match=r"s3://bucket/out/pages/a is damaged: it is not"):
        output_tree.read_verified(file)
    client.delete_object(Bucket="bucket", Key="out/pages/a")
    with pytest.raises(DamagedFileError, match="it is missing; remove s3://bucket/out/pages and"):
        output_tree.read_verified(file)


@pytest.mark.filterwarnings("ignore")
def test_each_storage_uses_its_own_options_whichever_was_used_before(s3):
    first, client = s3
    path = "s3://bucket/file"
    with object_store("eu-west-1") as (second, _):  # moto's servers share their buckets
        for storage in (first, second, first):
            storage.write(path, b"x")
            assert storage.read(path) == b"x"
            options = FileSystems._pipeline_options.get_all_options(drop_default=True)
            assert tuple(sorted(options.items())) == storage.options
    first.write(path, b"y")  # the second server is gone
    assert client.get_object(Bucket="bucket", Key="file")["Body"].read() == b"y"


def test_a_url_that_no_file_system_opens_is_an_input_error():
    with pytest.raises(InputError, match=r"hdfss://a\.org/a\.warc"):
        Storage().match("hdfss://a.org/a.warc")


def test_an_object_store_that_is_not_there_is_an_error_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(InputError, match=f"--s3_endpoint_url {url}: Connection refused"):
        Storage((("s3_endpoint_url", url),)).exists("s3://bucket/a.warc")


def test_a_missing_extra_names_itself():
    if "gs" in {scheme.scheme() for scheme in FileSystem.get_all_subclasses()}:
        pytest.skip("the extra is installed")
    with pytest.raises(InputError, match=r'gs://b/a\.warc: .* pip install "mathmine\[gcp\]"'):
        Storage().open("gs://b/a.warc")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_an_error_that_names_the_folder(tmp_path, code):
    with (
        pytest.raises(DiskFullError, match=f"{tmp_path}/a: no space left on the disk"),
        Storage().create(str(tmp_path / "a" / "file")) as local,
    ):
        local.write_bytes(b"half")
        raise OSError(code, "No space left on device")
    assert list((tmp_path / "a").iterdir()) == []


def test_a_file_appears_atomically(tmp_path):
    storage, path = Storage(), str(tmp_path / "deep" / "file")
    with pytest.raises(RuntimeError), storage.create(path) as local:
        local.write_text("half")
        raise RuntimeError
    assert not storage.exists(path)
    storage.write(path, b"first")
    with pytest.raises(RuntimeError), storage.create(path) as local:
        local.write_text("half")
        raise RuntimeError
    assert storage.read(path) == b"first"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_unfinished_files_of_a_killed_writer_are_removed_and_no_others(tmp_path):
    for name in (".mathmine-abc.tmp", ".other.tmp"):
        (tmp_path / name).write_text("half")
    (tmp_path / "whole").write_text("whole")
    Storage().sweep(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.tmp", "whole"]


def test_paths_are_joined_with_single_slashes():
    assert join("s3://b/", "/a/", "c") == "s3://b/a/c"
    assert join("/", "a") == "/a"
    assert join("out", "", "a") == "out/a"
