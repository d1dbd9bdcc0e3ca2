"""The same crawl from a folder, the web and an object store gives the same shards."""

import gzip
import hashlib
import random
from pathlib import Path

import pytest

from pipelines.__main__ import main
from pipelines.crawl_files import crawl_files
from pipelines.stages.prepare import prepare
from schemas.settings import Prepare
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.object_store import object_store
from tests.helpers.web_server import web_server
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree
from transforms.storage.remote_access import RemoteAccess

pytestmark = pytest.mark.slow  # extracts the pages of a WARC file several times

WARC = Path(__file__).resolve().parents[2] / "examples/crawl/example-2026-01-00001.warc.gz"
FOLDER = "crawl-data/CC-MAIN-2026-05"
FILES = {
    f"{FOLDER}/segments/1/warc/a.warc.gz": WARC.read_bytes(),
    f"{FOLDER}/warc.paths.gz": gzip.compress(f"{FOLDER}/segments/1/warc/a.warc.gz".encode()),
}
ACCESS = RemoteAccess("us@example.org", requests_per_second=1000, timeout=1, retry_seconds=0.002)


def shards(out):
    paths = [path for path in out.rglob("*.parquet")] + [out / "pages/_MANIFEST.json"]
    return {path.relative_to(out): hashlib.sha256(path.read_bytes()).digest() for path in paths}


@pytest.fixture(scope="module")
def from_disk(tmp_path_factory):
    """Prepare the files below a folder."""
    folder = tmp_path_factory.mktemp("crawl")
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    out = folder / "out"
    tree = OutputTree(str(out), Storage())
    prepare(crawl_files([str(folder / FOLDER)], tree.storage), Prepare(), tree, EagerJobs())
    return out


def test_faults_of_the_web_change_nothing(from_disk, tmp_path):
    rng = random.Random(1)
    kinds = [503, 429, 403, "reset", "cut", "xml", "other range"]
    faults = ["cut", "reset", "cut", 503, *(rng.choice([*kinds, *[None] * 9]) for _ in range(60))]
    tree = OutputTree(str(tmp_path / "out"), Storage(remote=ACCESS))
    with web_server(FILES, faults) as server:
        files = crawl_files(["cc:CC-MAIN-2026-05"], tree.storage, root=server.url)
        prepare(files, Prepare(), tree, EagerJobs())
    assert len(server.requests) >= 5
    assert shards(tmp_path / "out") == shards(from_disk)


def test_the_command_reads_a_crawl_by_its_name(from_disk, tmp_path, capsys):
    (tmp_path / "c.toml").write_text("")
    flags = ["--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "out")]
    with web_server(FILES) as server:
        words = ["prepare", *flags, "--crawl", "cc:CC-MAIN-2026-05", "--crawl-root", server.url]
        assert main(words) == 2
        assert "--contact is missing" in capsys.readouterr().err
        assert main([*words, "--contact", "us@example.org", "--requests-per-second", "99"]) == 0
    assert {agent.rpartition("(")[2] for _, _, agent in server.requests} == {"+us@example.org)"}
    assert shards(tmp_path / "out") == shards(from_disk)


@pytest.mark.parametrize("access", ["credentials", "anonymous", "requester pays"])
def test_a_bucket_of_s3_gives_the_same(from_disk, tmp_path, access):
    bucket = frozenset(["bucket"])
    remote = {
        "credentials": RemoteAccess(),
        "anonymous": RemoteAccess(anonymous_buckets=bucket),
        "requester pays": RemoteAccess(requester_pays_buckets=bucket),
    }[access]
    with object_store() as (storage, client):
        client.put_bucket_acl(Bucket="bucket", ACL="public-read")
        for name, data in FILES.items():
            client.put_object(Bucket="bucket", Key=name, Body=data, ACL="public-read")
        storage = Storage(storage.options, remote)
        files = crawl_files([f"s3://bucket/{FOLDER}/warc.paths.gz"], storage)
        assert crawl_files([f"s3://bucket/{FOLDER}"], storage)[0].path == files[0].path
        tree = OutputTree(str(tmp_path / "out"), storage)
        prepare(files, Prepare(), tree, EagerJobs())
    assert shards(tmp_path / "out") == shards(from_disk)
