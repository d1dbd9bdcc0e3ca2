import pytest

from pipelines.stages.prepare import prepare
from schemas.manifest import Part
from schemas.settings import Prepare
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.trees import tree
from tests.helpers.warcs import gzip_each, record
from transforms.pages.prepare_shard import LedgerError, WarcFile

PAGE = (
    b"<html><body><p>" + b"A theorem and its proof, at some length. " * 20 + b"</p></body></html>"
)


def warc(folder, name, records):
    path = folder / name
    path.write_bytes(b"".join(gzip_each(records)))
    return WarcFile(str(path), name), path.stat().st_size


def test_every_record_ends_as_a_page_a_drop_or_a_failure(tmp_path):
    first = warc(tmp_path, "a.warc.gz", [record(PAGE), record(b"", kind="request")])
    second = warc(tmp_path, "b.warc.gz", [record(PAGE, "http://b.org/")])
    output_tree, jobs = tree(tmp_path / "out"), EagerJobs()
    left_over = tmp_path / "out/failures/.half.tmp"
    left_over.mkdir(parents=True)
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
        "a.warc.gz": {"bytes": first[1]},
        "b.warc.gz": {"bytes": second[1]},
    }
    assert jobs.input_bytes == [first[1] + second[1]]
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
