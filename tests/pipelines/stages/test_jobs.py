"""The Beam jobs of all stages: the labels of their steps and their metrics."""

import json
from dataclasses import dataclass, field

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import PipelineVisitor

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.stages import run as stages
from pipelines.stages.prepare import prepare
from pipelines.summary import summary
from schemas.manifest import Identity, Manifest
from schemas.settings import Prepare, Settings
from tests.helpers.mining import FOOD, MATH, shuffled, small_settings
from tests.helpers.warcs import gzip_each, record
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

SECRET = "s3cr3t-key"
pytestmark = pytest.mark.slow  # a whole run, and worker processes


class _Labels(PipelineVisitor):
    def __init__(self):
        self.labels = []

    def enter_composite_transform(self, node):
        self.labels.append(node.full_label)

    def visit_transform(self, node):
        self.labels.append(node.full_label)


def labels_of(build):
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    build(pipeline)
    visitor = _Labels()
    pipeline.visit(visitor)
    return visitor.labels


@dataclass(frozen=True)
class RecordingJobs(Jobs):
    """Jobs that also keep the labels of two builds of each pipeline."""

    labels: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def run(self, build, *sizes):
        self.labels.append((labels_of(build), labels_of(build)))
        return super().run(build, *sizes)


def write_crawl(folder):
    """A WARC file with every kind of outcome: pages, drops and a failure."""
    texts = [shuffled(MATH, i) for i in range(12)] + [shuffled(FOOD, i) for i in range(8)]
    records = [
        record(f"<p>{text}</p>".encode(), f"http://a{i}.org/x") for i, text in enumerate(texts)
    ]
    records += [record(b"gone", http=b"HTTP/1.1 404 Not Found\r\n\r\n"), record(b"<p>cut</p>")]
    members = gzip_each(records)
    (folder / "crawl.warc.gz").write_bytes(b"".join(members)[:-9])
    (folder / "seed.jsonl").write_text(
        "".join(json.dumps({"text": f"{MATH} {i}"}) + "\n" for i in range(30))
    )
    (folder / "benchmarks").mkdir()
    (folder / "benchmarks" / "b.jsonl").write_text('{"question": "How many sheep are there?"}')


def run(folder, jobs):
    return stages.run(
        crawl_files([str(folder / "crawl.warc.gz")], jobs.storage),
        [str(folder / "seed.jsonl")],
        str(folder / "benchmarks"),
        None,
        Settings(rounds=small_settings(max_rounds=1)),
        OutputTree(str(folder / "out"), jobs.storage),
        jobs,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    write_crawl(folder)
    jobs = RecordingJobs(storage=Storage((("s3_secret_access_key", SECRET),)))
    run(folder, jobs)
    return folder, jobs


def test_labels_of_steps_are_stable_and_name_every_stage(finished):
    _, jobs = finished
    labels = [label for first, _ in jobs.labels for label in first]
    assert all(first == second for first, second in jobs.labels)
    for label in labels:
        assert "0x" not in label
        assert "partial" not in label
        assert SECRET not in label
    steps = {part for label in labels for part in label.split("/")}
    stages_and_steps = {
        "PrepareShards": "PrepareShard",
        "ScorePages": "HistogramOfShard",
        "PlanSampling": "CountEligibleInShard",
        "SampleShards": "SampleShard",
        "TrainClassifier": "TrainClassifier",
        "ScoreShards": "ScoreShard",
        "AddHistograms": "WriteHistogram",
        "CollectPages": "PagesOfShard",
        "CollectShards": "CollectShard",
        "FindDuplicates": "FindPairs",
        "WriteCorpus": "WriteCorpusPart",
    }
    assert {*stages_and_steps, *stages_and_steps.values()} <= steps


def test_a_run_starts_two_jobs_for_each_round_and_three_others(finished):
    _, jobs = finished
    assert len(jobs.labels) == 3 + 2 * 1


def ledger(manifest):
    """The counters of a manifest as metrics name them."""
    counters = manifest["counters"]
    return {
        "records": counters["records"],
        "pages": counters["pages"],
        "dropped": sum(count for name, count in counters.items() if name.startswith("dropped.")),
        "failures": sum(count for name, count in counters.items() if name.startswith("failed.")),
        "rows": sum(output["rows"] for output in manifest["outputs"]),
        "bytes": sum(output["bytes"] for output in manifest["outputs"]),
    }


def test_metrics_equal_the_ledger_and_cpu_time_stays_out_of_the_output(finished):
    folder, jobs = finished
    metrics = dict(jobs.metrics["pages"])
    assert metrics.pop("cpu_microseconds") > 0
    manifest = json.loads((folder / "out/pages/_MANIFEST.json").read_text())
    assert metrics == ledger(manifest)
    assert (metrics["records"], metrics["pages"], metrics["failures"]) == (22, 20, 1)
    for job, counters in jobs.metrics.items():
        manifest = json.loads((folder / "out" / job / "_MANIFEST.json").read_text())
        by_driver = (".jsonl", ".arrow")  # the report, and the index of benchmarks
        outputs = [out for out in manifest["outputs"] if not out["path"].endswith(by_driver)]
        assert counters["bytes"] == sum(output["bytes"] for output in outputs)
        names = {name.partition(".")[0] for name in manifest["counters"]}
        assert names <= set(counters) or job == "pages"
    for path in (folder / "out").rglob("*"):
        assert path.is_dir() or b"cpu_microseconds" not in path.read_bytes()


def test_a_skipped_stage_has_no_metrics_and_no_row(finished):
    folder, jobs = finished
    again = Jobs()
    result = run(folder, again)
    assert again.metrics == {}
    assert "CPU ms" not in summary(result.pages, result.mined.results, result.corpus, {})
    assert list(jobs.metrics) == [
        "pages",
        "dedup",
        "rounds/01/scores",
        "rounds/01/collected",
        "corpus",
    ]


@pytest.mark.runners
def test_worker_processes_count_the_same(finished, tmp_path):
    folder, jobs = finished
    processes = Jobs(("--direct_running_mode=multi_processing", "--direct_num_workers=2"))
    tree = OutputTree(str(tmp_path), processes.storage)
    files = crawl_files([str(folder / "crawl.warc.gz")], tree.storage)
    prepare(files, Prepare(), tree, processes)
    cpu = processes.metrics["pages"].pop("cpu_microseconds")
    assert cpu > 0
    assert processes.metrics["pages"].items() <= jobs.metrics["pages"].items()


def test_the_table_of_jobs_leaves_empty_what_a_job_does_not_count():
    pages = Manifest(
        identity=Identity(stage="prepare", settings={}, inputs={}),
        counters={"records": 5, "pages": 5},
    )
    metrics = {
        "pages": {"records": 5, "pages": 5, "rows": 5, "bytes": 1000, "cpu_microseconds": 12_999},
        "dedup": {"duplicates": 1, "rows": 5, "bytes": 2},
    }
    assert summary(pages, metrics=metrics).split("\n\n")[1] == (
        "job    records  pages  failures  rows written  bytes written  CPU ms\n"
        "pages        5      5                       5          1,000      12\n"
        "dedup                                       5              2"
    )
