import json
from dataclasses import dataclass

from pipelines.jobs.shard_job import output_at, report_of, run_shard_job, total_bytes
from schemas.manifest import Identity, Manifest, Output, Part
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.trees import tree
from transforms.storage.map_shards import MapShards, read_report


def output(path, size=1):
    return Output(path=path, rows=1, bytes=size, sha256=path)


PAGES = Manifest(
    identity=Identity(stage="prepare", settings={}, inputs={}),
    outputs=[output("pages/b", 5), output("failures/b", 7), output("pages/a", 11)],
)


@dataclass(frozen=True)
class Named:
    """An item of a job."""

    name: str

    @classmethod
    def from_json(cls, text):
        return cls(**json.loads(text))


def part(item):
    name = item.name
    return Part(name=name, outputs=[output(f"s/{name}")], counters={"pages": len(name)})


def run_job(names, work, output_tree, jobs, input_bytes=0, **more):
    items = list(map(Named, names))
    step = MapShards("Work", work)
    return run_shard_job("s", items, Named.from_json, step, output_tree, jobs, input_bytes, **more)


def test_the_size_of_a_job_is_that_of_all_outputs():
    assert total_bytes(PAGES) == 23


def test_a_job_adds_up_what_its_workers_report(tmp_path):
    output_tree, jobs = tree(tmp_path), EagerJobs()
    result = run_job(["bb", "a"], part, output_tree, jobs, 12)
    assert result.counters == {"pages": 3}
    assert [file.path for file in result.outputs] == ["s/a", "s/bb"]
    report = report_of("s", output_tree)
    assert (report.path, report.rows) == ("s/_report.jsonl", 2)
    assert [part.name for part in read_report(output_tree.read_verified(report))] == ["a", "bb"]
    assert jobs.input_bytes == [12]
    assert run_job([], part, output_tree, jobs).outputs == []
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

    monkeypatch.setattr("pipelines.jobs.shard_job.progress", Progress)

    def write(item):
        output_tree.write(f"s/{item.name}.parquet", b"")
        return part(item)

    run_job(["a", "b"], write, output_tree, EagerJobs())
    assert counts == [("s", 2), 0, 2]
    del counts[:]
    output_tree.write("t/a.parquet", b"")
    run_job(["a", "b"], write, output_tree, EagerJobs(), also_in=["t"])
    assert counts == [("s", 4), 3, 3]


def test_an_output_of_a_stage_is_found_by_its_path():
    assert output_at("pages/a", PAGES) == output("pages/a", 11)
