import pytest

from pipelines.stages.shard_job import run_report_job, run_shard_job, shard_names, total_bytes
from schemas.manifest import Identity, Manifest, Output, Part
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.trees import tree
from transforms.storage.map_shards import MapShards


def output(path, size=1):
    return Output(path=path, rows=1, bytes=size, sha256=path)


PAGES = Manifest(
    identity=Identity(stage="prepare", settings={}, inputs={}),
    outputs=[output("pages/b", 5), output("failures/b", 7), output("pages/a", 11)],
)


def part(name):
    return Part(name=name, outputs=[output(f"s/{name}")], counters={"pages": len(name)})


def test_shards_are_the_files_of_pages_in_order():
    assert shard_names(PAGES) == ["a", "b"]


def test_the_size_of_a_job_is_that_of_all_outputs():
    assert total_bytes(PAGES) == 23


def test_a_job_adds_up_what_its_workers_report(tmp_path):
    output_tree, jobs = tree(tmp_path), EagerJobs()
    result = run_shard_job(
        "s", ["bb", "a"], MapShards("Work", part), output_tree, jobs, input_bytes=12
    )
    assert result.counters == {"pages": 3}
    assert [file.path for file in result.outputs] == ["s/a", "s/bb"]
    assert (tmp_path / "s/_report.jsonl").is_file()
    assert jobs.input_bytes == [12]
    run_shard_job("s", [], MapShards("Work", part), output_tree, jobs)
    assert jobs.input_bytes == [12, 0]


def test_progress_counts_the_files_that_have_appeared(tmp_path, monkeypatch):
    output_tree = tree(tmp_path)
    counts = []

    class Progress:
        def __init__(self, label, total, done):
            counts.append((label, total))
            self.done = done

        def __enter__(self):
            counts.append(self.done())

        def __exit__(self, *error):
            counts.append(self.done())

    monkeypatch.setattr("pipelines.stages.shard_job.progress", Progress)

    def write(name):
        output_tree.write(f"s/{name}.parquet", b"")
        return part(name)

    run_shard_job("s", ["a", "b"], MapShards("Work", write), output_tree, EagerJobs())
    assert counts == [("s", 2), 0, 2]


def test_an_existing_report_is_read_without_running_the_job(tmp_path):
    output_tree, jobs = tree(tmp_path), EagerJobs()
    first = run_report_job("_r.jsonl", ["bb", "a"], MapShards("Work", part), output_tree, jobs)
    assert first == [part("a"), part("bb")]
    assert (
        run_report_job("_r.jsonl", ["bb", "a"], MapShards("Work", pytest.fail), output_tree, jobs)
        == first
    )
    assert len(jobs.input_bytes) == 1
