"""Records that an index names are fetched once, exactly, whatever the server does."""

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from pipelines.index_files import Index, index_files
from pipelines.inspection.verify import verify
from pipelines.jobs.run_stage import read_manifest
from pipelines.stages.expand import expand, fetch
from pipelines.stages.expansion_report import describe_fetched, describe_plan
from pipelines.stages.prepare import prepare
from pipelines.stages.run import prepared_pages
from schemas.errors import DamagedFileError, InputError, StageRefusedError
from schemas.settings import Prepare
from tests.helpers.crawl_index import index_row, index_rows, write_index
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.object_store import object_store
from tests.helpers.trees import read
from tests.helpers.warcs import record
from tests.helpers.web_server import web_server
from transforms.pages.warc_file import WarcFile
from transforms.patterns.url_patterns import UrlPatterns
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree
from transforms.storage.remote_access import RemoteAccess
from transforms.text.urls import url_key

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "examples/crawl").glob("*.warc.gz"))
ACCESS = RemoteAccess("us@example.org", 1000, timeout=0.5, retry_seconds=0.002)
LABELS = {
    "dlmf.nist.gov": "accept",
    "*.synthetic.org": "accept",
    "a.synthetic.org/talk": "reject",
    "cp-algorithms.com": "accept",
}
FAULTS = (503, 429, 403, "cut", "stall", "xml", "reset", "no range", "other range")


def synthetic_crawl(records=10_000, files=250):
    """WARC files by name, and their rows of the index: a third is under an accepted pattern."""
    hosts = ("a.synthetic.org", "b.synthetic.org", "one.com", "two.net", "three.org", "four.com")
    in_file = records // files
    crawl, rows, pad = {}, [], random.Random(0).randbytes(600)
    for number in range(files):
        name, members, offset = f"crawl-data/S/{number:05}.warc.gz", [], 0
        for position in range(in_file):
            folder = "talk" if position % 4 == 3 else "x"
            url = f"http://{hosts[position % 6]}/{folder}/{number}-{position}"
            body = b"<p>%d %d %s" % (number, position, pad[position % 7 :].hex().encode())
            member = gzip.compress(record(body, url), compresslevel=1, mtime=0)
            rows.append(index_row(url, name, offset, len(member)))
            members.append(member)
            offset += len(member)
        crawl[name] = b"".join(members)
    return crawl, rows


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Files of a server with a crawl and its index, and the rows of the index."""
    files, rows = synthetic_crawl()
    for path in EXAMPLES:
        files[path.name] = path.read_bytes()
        rows += index_rows(path, path.name)
    folder = tmp_path_factory.mktemp("index")
    paths = write_index(folder, rows, files=3)
    files |= {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    names = "\n".join(path.relative_to(folder).as_posix() for path in paths)
    return files | {"index.paths": names.encode()}, rows


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """An output folder with the pages of the first file of the example, and labelled patterns."""
    output = OutputTree(str(tmp_path_factory.mktemp("mined")), Storage())
    prepare(files_at_hand(), Prepare(), output, EagerJobs())
    lines = [f"{pattern},{label},me,," for pattern, label in LABELS.items()]
    output.write("patterns.csv", "\n".join(["pattern,label,who,when,note", *lines]).encode())
    return output


def files_at_hand():
    return [WarcFile(str(EXAMPLES[0]), EXAMPLES[0].name, EXAMPLES[0].stat().st_size)]


@pytest.fixture
def output(mined, tmp_path):
    """A copy of that folder."""
    shutil.copytree(mined.folder, tmp_path / "out")
    return OutputTree(str(tmp_path / "out"), Storage(remote=ACCESS))


@contextmanager
def served(world, faults=()):
    with web_server(world[0], faults) as server:
        yield server


def expanded(server, output):
    """Search, plan and fetch; return the expansion and what it prints."""
    jobs = EagerJobs()
    index = index_files(f"{server.url}/index.paths", output.storage, None)
    expansion = expand(index, output, jobs)
    text = describe_plan(expansion, 4, output)
    return fetch(expansion, output, jobs), text


def fetched_files(output):
    """Files by path, without those that have the address of the server."""
    paths = sorted(Path(output.folder, "expansion").rglob("*"))
    return {
        path.relative_to(output.folder).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and path.name != "_items.jsonl"
    }


def crawl_requests(server):
    """How often each range of a WARC file was asked for."""
    return Counter((path, asked) for path, asked, _ in server.requests if path.endswith(".gz"))


def wanted_urls(world, output):
    """The URLs to fetch, one by one: accepted, not at hand, each once."""
    here = {url_key(row["url"]) for row in read(output, prepared_path(output))}
    patterns = UrlPatterns(LABELS)
    return {
        url_key(row["url"])
        for row in world[1]
        if patterns.label(row["url"]) == "accept"
        and row["fetch_status"] == 200
        and row["warc_filename"] != EXAMPLES[0].name
    } - here


def prepared_path(output):
    return prepared_pages(output).parquet_in("pages")[0].path


@pytest.fixture(scope="module")
def without_faults(world, mined, tmp_path_factory):
    folder = tmp_path_factory.mktemp("expanded") / "out"
    shutil.copytree(mined.folder, folder)
    output = OutputTree(str(folder), Storage(remote=ACCESS))
    with served(world) as server:
        expansion, text = expanded(server, output)
    return output, expansion, text, server


def test_exactly_the_uncollected_pages_under_accepted_patterns_are_fetched(world, without_faults):
    output, expansion, _, _ = without_faults
    lists = [read(output, plan.path) for plan in expansion.plan.outputs]
    keys = [url_key(row["url"]) for rows in lists for row in rows]
    assert len(keys) == len(set(keys)) > 3000
    assert set(keys) == wanted_urls(world, output)
    for rows, file in zip(lists, expansion.fetched.outputs, strict=True):
        data = [
            world[0][row["warc_file"]][row["warc_offset"] :][: row["warc_length"]] for row in rows
        ]
        assert Path(output.at(file.path)).read_bytes() == b"".join(data)


def test_the_plan_says_what_is_used(without_faults):
    _, expansion, text, server = without_faults
    asked = crawl_requests(server)
    spans = [range_.removeprefix("bytes=").split("-") for _, range_ in asked]
    received = sum(int(stop) - int(start) + 1 for start, stop in spans)
    counters = expansion.plan.counters
    assert (counters["requests"], counters["transferred_bytes"]) == (asked.total(), received)
    assert set(asked.values()) == {1}
    lines = dict(line.rsplit("  ", 1) for line in text.splitlines() if line.count("  "))
    shown = {name.strip(): float(value.replace(",", "")) for name, value in lines.items()}
    assert shown["requests"] == asked.total()
    assert shown["megabytes"] == round(received / 1e6, 4)
    assert shown["pages to fetch"] == counters["records"]
    assert shown["minutes, at 4 requests a second"] == round(asked.total() / 240, 4)


def test_the_index_is_not_read_where_no_pattern_matches(world, without_faults):
    _, expansion, text, _ = without_faults
    counters = expansion.found.counters
    assert counters["rows"] == len(world[1])
    assert counters["read_groups"] < counters["groups"] / 2
    assert counters["read_bytes"] < counters["bytes"] / 2
    groups = f"{counters['groups']:,} row groups {counters['read_groups']:,} were read"
    assert text.startswith(f"Index: 3 files with {len(world[1]):,} rows. Of {groups}, ")


def test_a_fifth_of_faults_changes_no_byte(world, output, without_faults):
    draw = random.Random(1)
    faults = [draw.choice(FAULTS) if draw.random() < 0.2 else None for _ in range(5000)]
    with served(world, faults) as server:
        expanded(server, output)
    assert len(server.faults) < 4700
    assert fetched_files(output) == fetched_files(without_faults[0])


@pytest.mark.slow
def test_a_killed_command_resumes_without_fetching_a_finished_file_again(
    world, output, without_faults
):
    class Killing(dict):
        """Files of a server that kills the command amid the third list of records."""

        def get(self, path, default=None):
            if path.endswith(".gz") and len(crawl_requests(server)) > 190 and not killed:
                killed.append(path)
                os.kill(process.pid, signal.SIGKILL)
            return super().get(path, default)

    killed = []
    arguments = ["expand", output.folder, "--contact", "a@b.org", "--requests-per-second", "1000"]
    with web_server(Killing(world[0])) as server:
        arguments += ["--index", f"{server.url}/index.paths", "--yes"]
        command = [sys.executable, "-m", "pipelines", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        assert process.wait() == -signal.SIGKILL
        before, finished = crawl_requests(server), finished_records(output)
        assert 0 < len(finished) < 3000
        server.requests.clear()
        assert main([*arguments, "--break-lock"]) == 0
    again = crawl_requests(server)
    whole = crawl_requests(without_faults[3])
    assert {key for key in again if covers(key, finished)} == set()
    assert set(again.values()) == {1}
    assert again.total() + before.total() < 1.5 * whole.total()
    of_index = [asked for path, asked, _ in server.requests if path.endswith(".parquet")]
    assert of_index == ["bytes=0-"]  # whether it exists: where is the root of the list?
    assert fetched_files(output) == fetched_files(without_faults[0])


def finished_records(output):
    """The records in the files that are there: names of WARC files and offsets."""
    folder = Path(output.folder, "expansion/01")
    return {
        (row["warc_file"], row["warc_offset"])
        for path in folder.glob("*.warc.gz")
        for row in pq.read_table(folder / "plan" / f"{path.name[:5]}.parquet").to_pylist()
    }


def covers(request, records):
    path, asked = request
    start = int(asked.removeprefix("bytes=").partition("-")[0])
    return (path.lstrip("/"), start) in records


@pytest.mark.slow
def test_an_object_store_gives_the_same_bytes_as_a_web_server(world, output, tmp_path):
    only_examples(output)
    shutil.copytree(output.folder, tmp_path / "other")
    with served(world) as server:
        expected, _ = expanded(server, output)
    with object_store() as (storage, client):
        for name, data in world[0].items():
            if not name.startswith("crawl-data/S/"):
                client.put_object(Bucket="bucket", Key=name, Body=data)
        other = OutputTree(str(tmp_path / "other"), replace(storage, remote=ACCESS))
        index = index_files("s3://bucket/crawl=CC-MAIN-2026-05", other.storage, None)
        expansion = expand(index, other, EagerJobs())
        assert expansion.root == "s3://bucket"
        assert "dollars for requests " in describe_plan(expansion, 4, other)
        fetched = fetch(expansion, other, EagerJobs())
    assert fetched.fetched == expected.fetched
    assert expansion.plan.outputs == expected.plan.outputs


def test_fetched_pages_have_the_rows_of_whole_files_and_all_starts_again(
    world, output, without_faults, tmp_path
):
    made_before = ("dedup/a.parquet", "dedup/pairs/_MANIFEST.json", "rounds/01/scores/a.parquet")
    for path in made_before:
        output.write(path, b"of the pages before")
    only_examples(output)
    with served(world) as server:
        expanded(server, output)
    pages = prepare(files_at_hand(), Prepare(), output, EagerJobs())
    counters = expansion_manifest(output).counters
    assert pages.counters["fetched"] == counters["records"] == 38
    assert [path for path in made_before if output.exists(path)] == []
    whole = OutputTree(str(tmp_path / "whole"), Storage())
    files = [WarcFile(str(path), path.name) for path in EXAMPLES[1:]]
    all_pages = prepare(files, Prepare(), whole, EagerJobs())
    rows = {
        row["id"]: row for out in all_pages.parquet_in("pages") for row in read(whole, out.path)
    }
    fetched = read(output, "pages/expansion%2F01%2F00000.warc.gz.parquet")
    assert {row.pop("crawl") for row in fetched} == {"CC-MAIN-2026-05"}  # as the index says
    expected = [rows[row["id"]] for row in fetched]
    assert {row.pop("crawl") for row in expected} == {"example-2026-01", "example-2026-02"}
    assert fetched == expected
    assert len(fetched) > 30
    assert pages.source_names == sorted(path.name for path in EXAMPLES)
    assert pages.warc_names == [EXAMPLES[0].name]
    assert verify_lines(output) == []


def verify_lines(output):
    return [line for line in verify(output).problems if "manifest.json" not in line]


def expansion_manifest(output, number=1):
    return read_manifest(f"expansion/{number:02}", output)


def only_examples(output):
    text = output.read("patterns.csv").decode()
    output.write(
        "patterns.csv", text.replace("*.synthetic.org,accept", "*.synthetic.org,").encode()
    )


def test_records_that_were_fetched_are_not_fetched_again(world, output):
    only_examples(output)
    with served(world) as server:
        expanded(server, output)
        index = index_files(f"{server.url}/index.paths", output.storage, None)
        again = expand(index, output, EagerJobs())
        assert again.fetched == expansion_manifest(output)
        assert "Run `mathmine run` again" in describe_fetched(again, {}, output)
        prepare(files_at_hand(), Prepare(), output, EagerJobs())
        second = expand(index, output, EagerJobs())
    assert (second.number, second.plan.counters["records"], second.plan.outputs) == (2, 0, [])
    assert second.plan.counters["left_out.known_url"] > 38


def test_pages_of_an_expansion_that_is_removed_are_removed(world, output):
    before = prepared_pages(output)
    only_examples(output)
    with served(world) as server:
        expanded(server, output)
    prepare(files_at_hand(), Prepare(), output, EagerJobs())
    shutil.rmtree(output.at("expansion"))
    output.write("dedup/a.parquet", b"of the pages before")
    after = prepare(files_at_hand(), Prepare(), output, EagerJobs())
    assert after.digest() == before.digest()
    assert not output.exists("dedup/a.parquet")
    assert verify_lines(output) == []


def test_new_labels_plan_anew_unless_fetching_has_begun(world, output):
    with served(world) as server:
        index = index_files(f"{server.url}/index.paths", output.storage, None)
        first = expand(index, output, EagerJobs())
        assert expand(index, output, EagerJobs()) == first
        only_examples(output)
        second = expand(index, output, EagerJobs())
        assert second.plan.counters["records"] == 38 < first.plan.counters["records"]
        plan = Path(output.at("expansion/01/plan"))
        assert [path.name for path in plan.glob("*.parquet")] == ["00000.parquet"]
        server.files = server.files | {path.name: b"\x1f\x8b" for path in EXAMPLES}
        with pytest.raises(InputError, match=r"is shorter than its server said"):
            fetch(second, output, EagerJobs())
        output.write("patterns.csv", b"pattern,label\nmath.org,accept\n")
        assert expand(index, output, EagerJobs()).plan == second.plan


def test_no_accepted_pattern_is_an_error_before_the_index_is_read(world, output):
    output.write("patterns.csv", b"pattern,label\nmath.org,reject\n")
    with served(world) as server:
        index = index_files(f"{server.url}/index.paths", output.storage, None)
        read_before = len(server.requests)
        with pytest.raises(InputError, match=r"patterns\.csv accepts no pattern"):
            expand(index, output, EagerJobs())
        assert len(server.requests) == read_before


def test_a_crawl_that_is_nowhere_near_the_index_is_asked_for(world, output, tmp_path):
    path = tmp_path / "index/a.parquet"
    path.parent.mkdir()
    path.write_bytes(world[0]["crawl=CC-MAIN-2026-05/subset=warc/part-00002.gz.parquet"])
    index = index_files(str(path.parent), output.storage, None)
    with pytest.raises(InputError, match=r"--index names .*: give the folder .* --crawl-root"):
        expand(index, output, EagerJobs())


def test_pages_that_clean_removed_are_asked_for_first(output):
    os.remove(output.at(prepared_path(output)))
    with pytest.raises(StageRefusedError, match=r"`mathmine clean` removed the pages"):
        expand(Index(("none.parquet",), None), output, EagerJobs())


def test_a_damaged_file_of_records_is_noticed_before_pages_are_made(world, output):
    only_examples(output)
    with served(world) as server:
        expanded(server, output)
    path = Path(output.at("expansion/01/00000.warc.gz"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(DamagedFileError, match=r"remove .*expansion/01 and run `mathmine expand`"):
        prepare(files_at_hand(), Prepare(), output, EagerJobs())


def test_without_yes_nothing_is_fetched(world, output, capsys):
    only_examples(output)
    with served(world) as server:
        arguments = ["expand", output.folder, "--index", f"{server.url}/index.paths"]
        assert main([*arguments, "--contact", "a@b.org", "--requests-per-second", "1000"]) == 0
    assert not crawl_requests(server)
    printed = capsys.readouterr().out
    assert "pages to fetch" in printed
    assert "Nothing is fetched yet: run the command again with --yes." in printed
