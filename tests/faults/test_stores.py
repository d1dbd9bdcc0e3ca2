"""Object stores and web servers that fail every fifth time."""

import random

import pytest

from tests.faults.conftest import SEED
from tests.faults.faulty_proxy import faulty_proxy
from tests.faults.faulty_runs import EXAMPLES, command, contents, kill_all, kill_at_random, run
from tests.helpers.object_store import object_store
from tests.helpers.web_server import web_server

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(3600)]

SHARE, RUNS = 0.2, 3
WARC = "example-2026-01-00000.warc.gz"


@pytest.mark.parametrize("seed", range(RUNS))
def test_an_object_store_that_fails_every_fifth_time_holds_the_same_corpus(
    seed, clean, record, tmp_path
):
    out = f"out-{seed}"  # the buckets of one process are the same
    with object_store() as (storage, client):
        options = dict(storage.options)
        with faulty_proxy(options.pop("s3_endpoint_url"), SHARE, seed) as proxy:
            options["s3_endpoint_url"] = proxy.url
            flags = [f"--{name}={value}" for name, value in options.items()]
            for _ in range(5):
                ended = run(command(tmp_path, flags, out=f"s3://bucket/{out}"))
                if ended.status == 0:
                    break
            assert ended.status == 0, ended.errors
            assert len(proxy.faults) > 20
        for item in client.list_objects_v2(Bucket="bucket", Prefix=f"{out}/")["Contents"]:
            path = tmp_path / item["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            client.download_file("bucket", item["Key"], str(path))
    record("S3: every fifth answer", contents(tmp_path / out) == clean[0])


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_crawl_on_a_server_that_fails_is_read_whole(seed, clean, record, tmp_path):
    moment = random.Random(SEED + seed)
    kinds = [503, 429, 403, "reset", "cut", "cut", "xml", "other range", None]
    faults = [moment.choice(kinds) for _ in range(8)]
    with web_server({WARC: (EXAMPLES / "crawl" / WARC).read_bytes()}, faults) as server:
        flags = ["--contact", "us@example.org", "--requests-per-second", "100"]
        words = command(tmp_path, flags, crawl=f"{server.url}/{WARC}")
        if seed:
            kill_at_random(words, tmp_path / "out", 3, moment, kill_all)
        ended = run(words)
    assert ended.status == 0, ended.errors
    record("HTTP: most answers", contents(tmp_path / "out") == clean[0])
