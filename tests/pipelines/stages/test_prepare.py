import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.jobs.run_stage import read_manifest
from pipelines.stages.prepare import prepare
from pipelines.summary import summary
from schemas.errors import PagesFailedError, StageRefusedError
from schemas.manifest import Manifest, Part
from schemas.settings import Prepare
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.trees import tree
from tests.helpers.warcs import gzip_each, record
from transforms.pages import prepare_shard as prepare_shard_module
from transforms.pages.prepare_shard import LedgerError
from transforms.pages.warc_file import WarcFile

PAGE = (
    b"<html><body><p>" + b"A theorem and its proof, at some length. " * 20 + b"</p></body></html>"
)


def warc(folder, name, records):
    path = folder / name
    path.write_bytes(b"".join(gzip_each(records)))
    status = path.stat()
    return WarcFile(str(path), name, status.st_size, status.st_mtime)


def sha256(file):
    return hashlib.sha256(Path(file.path).read_bytes()).hexdigest()


def changed(file, content):
    """Write other content of the same size, later."""
    Path(file.path).write_bytes(content)
    os.utime(file.path, (0, file.modified + 10))
    return replace(file, modified=file.modified + 10)


def test_every_record_ends_as_a_page_a_drop_or_a_failure(tmp_path):
    first = warc(tmp_path, "a.warc.gz", [record(PAGE), record(b"", kind="request")])
    second = warc(tmp_path, "b.warc.gz", [record(PAGE, "http://b.org/")])
    output_tree, jobs = tree(tmp_path / "out"), EagerJobs()
    left_over = tmp_path / "out/failures/.mathmine-half.tmp"
    left_over.parent.mkdir(parents=True)
    left_over.touch()
    pages = prepare([first, second], Prepare(max_html_bytes=5000), output_tree, jobs)
    assert pages.counters == {"records": 3, "pages": 2, "dropped.not_response": 1}
    assert sorted(output.path for output in pages.outputs) == [
        "failures/a.warc.gz.parquet",
        "failures/b.warc.gz.parquet",
        "pages/a.warc.gz.parquet",
        "pages/b.warc.gz.parquet",
    ]
    assert pages.identity.stage == "prepare"
    assert pages.identity.settings["max_html_bytes"] == 5000
    assert pages.identity.inputs == {
        "a.warc.gz": "a WARC file",
        "b.warc.gz": "a WARC file",
    }
    assert pages.input_digests == {
        "a.warc.gz": sha256(first),
        "b.warc.gz": sha256(second),
    }
    assert jobs.input_bytes == [first.bytes + second.bytes]
    assert not left_over.exists()
    again = prepare([first, second], Prepare(max_html_bytes=5000), output_tree, jobs)
    assert again.to_json() == pages.to_json()
    assert len(jobs.input_bytes) == 1


@pytest.mark.parametrize("lost", ["pages", "records"])
def test_a_crawl_whose_ledger_does_not_close_is_an_error(tmp_path, monkeypatch, lost):
    counters = {"records": 1, "pages": 1} | {lost: 2}

    def short_of_a_row(shard, settings, tree):
        return Part(name="a", counters=counters)

    monkeypatch.setattr("transforms.pages.prepare_shard.prepare_shard", short_of_a_row)
    file = warc(tmp_path, "a.warc.gz", [record(PAGE)])
    with pytest.raises(LedgerError):
        prepare([file], Prepare(), tree(tmp_path / "out"), EagerJobs())


@pytest.mark.parametrize("complete", [True, False])
def test_a_file_that_changed_after_it_was_read_is_refused(tmp_path, complete):
    file = warc(tmp_path, "a.warc.gz", [record(PAGE)])
    output_tree, settings = tree(tmp_path / "out"), Prepare()
    prepare([file], settings, output_tree, EagerJobs())
    if not complete:  # killed before the stage ended
        unfinished = Manifest(identity=read_manifest("pages", output_tree).identity)
        output_tree.write("pages/_MANIFEST.json", unfinished.to_json().encode())
    content = Path(file.path).read_bytes()
    touched = changed(file, content)
    prepare([touched], settings, output_tree, EagerJobs())
    other = changed(touched, content[:-1] + b"!")
    with pytest.raises(StageRefusedError, match=r"a\.warc\.gz has changed since .*pages/a\.warc"):
        prepare([other], settings, output_tree, EagerJobs())
    unchanged_time = replace(other, modified=touched.modified)
    prepare([unchanged_time], settings, output_tree, EagerJobs())  # taken to be equal


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b"[]", b"\xff"])
def test_damaged_times_of_change_are_replaced_after_comparing_all_files(tmp_path, damage):
    file = warc(tmp_path, "a.warc.gz", [record(PAGE)])
    output_tree, settings = tree(tmp_path / "out"), Prepare()
    prepare([file], settings, output_tree, EagerJobs())
    good = output_tree.read("pages/_INPUTS.json")
    output_tree.write("pages/_INPUTS.json", damage)
    prepare([file], settings, output_tree, EagerJobs())
    assert output_tree.read("pages/_INPUTS.json") == good
    output_tree.write("pages/_INPUTS.json", damage)
    Path(file.path).write_bytes(Path(file.path).read_bytes()[:-1] + b"!")
    with pytest.raises(StageRefusedError, match=r"a\.warc\.gz has changed since"):
        prepare([file], settings, output_tree, EagerJobs())


def test_another_size_is_refused_without_reading(tmp_path):
    file = warc(tmp_path, "a.warc.gz", [record(PAGE)])
    output_tree = tree(tmp_path / "out")
    prepare([file], Prepare(), output_tree, EagerJobs())
    Path(file.path).unlink()
    with pytest.raises(StageRefusedError, match=r"a\.warc\.gz has changed since .*pages/a\.warc"):
        prepare([replace(file, bytes=7)], Prepare(), output_tree, EagerJobs())


@pytest.mark.parametrize(("bugs", "fails"), [(20, False), (21, True)])
def test_too_many_pages_that_reveal_a_bug_fail_the_job_at_its_end(
    tmp_path, monkeypatch, bugs, fails
):
    def fail(*_):
        raise KeyError("no such key")

    monkeypatch.setattr(prepare_shard_module, "make_page", fail)
    file = warc(tmp_path, "a.warc.gz", [record(PAGE, f"http://a.org/{i}") for i in range(bugs)])
    output_tree = tree(tmp_path / "out")
    if fails:
        for _ in range(2):  # a rerun fails too
            with pytest.raises(PagesFailedError, match=r"21 of 21 pages .*/out/failures, "):
                prepare([file], Prepare(), output_tree, EagerJobs())
    else:
        manifest = prepare([file], Prepare(), output_tree, EagerJobs())
        assert manifest.counters == {"records": 20, "failed.bug": 20}
        assert "\nfailed      20\n  bug       20" in summary(manifest)


def test_the_summary_shows_the_number_of_bugs_even_if_there_are_none(tmp_path):
    file = warc(tmp_path, "a.warc.gz", [record(PAGE)])
    manifest = prepare([file], Prepare(), tree(tmp_path / "out"), EagerJobs())
    assert "\nfailed      0\n  bug       0" in summary(manifest)
