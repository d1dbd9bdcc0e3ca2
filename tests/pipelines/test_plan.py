"""`mathmine plan` against the run that it plans."""

import gzip
import json
import random
import re

import pytest

from pipelines.__main__ import main
from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.planning.measure import measure_files
from pipelines.planning.usage import crawl_of, usage
from pipelines.stages.run import run
from schemas.manifest import Manifest
from schemas.settings import Settings, load_settings
from tests.helpers.trees import tree
from tests.helpers.warcs import gzip_each, record
from tests.helpers.web_server import web_server

pytestmark = pytest.mark.slow  # a whole run

FOLDER = "crawl-data/CC-MAIN-2026-05"
CONFIG = """
[rounds]
max_rounds = 1
min_tokens = 10
min_prose_words = 5
cut = "score"
min_score = 0.5
[rounds.classifier]
dimension = 8
buckets = 2000
epochs = 2
"""
_STORED = (".parquet", ".bin")  # not the small files of the driver
WORDS = {"m": "theorem proof integral prime matrix", "f": "flour butter sugar oven cake"}


def page(rng, number):
    kind = "mf"[number % 2]
    words = WORDS[kind].split() + [f"{kind}{rng.randrange(400)}" for _ in range(60)]
    text = " ".join(rng.choices(words, k=rng.randint(80, 240)))
    return record(f"<p>{text}.</p>".encode(), f"http://{kind}{number % 7}.org/{number}")


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    """Eight WARC files of 20 to 30 pages, as files of Common Crawl are of similar sizes."""
    rng, folder = random.Random(5), tmp_path_factory.mktemp("crawl")
    for file in range(8):
        numbers = range(100 * file, 100 * file + rng.randint(20, 30))
        records = [
            item for number in numbers for item in (record(b"", kind="request"), page(rng, number))
        ]
        (folder / f"{file}.warc.gz").write_bytes(b"".join(gzip_each(records)))
    (folder / "c.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def finished(crawl, tmp_path_factory):
    """The run of the whole crawl."""
    folder = tmp_path_factory.mktemp("run")
    rng = random.Random(6)
    seed = [{"text": " ".join(rng.choices(WORDS["m"].split(), k=80))} for _ in range(60)]
    (folder / "seed.jsonl").write_text("".join(json.dumps(text) + "\n" for text in seed))
    output_tree = tree(folder / "out")
    files = crawl_files([str(crawl)], output_tree.storage)
    settings = load_settings(crawl / "c.toml")
    jobs = Jobs(("--direct_running_mode=in_memory",))
    inputs = [str(folder / "seed.jsonl")], "none", None
    run(files, *inputs, settings, output_tree, jobs, wait=False)
    return folder / "out"


def test_a_sample_plans_pages_and_bytes_of_the_run_within_30_percent(crawl, finished):
    settings: Settings = load_settings(crawl / "c.toml")
    storage = tree(finished).storage
    files = crawl_files([str(crawl)], storage)
    planned = crawl_of(files, measure_files(files, 3, settings.prepare, storage))
    pages = Manifest.from_json((finished / "pages/_MANIFEST.json").read_text())
    count = pages.counters["pages"]
    assert planned.pages.low < planned.pages.value < planned.pages.high
    assert planned.pages.value == pytest.approx(count, rel=0.3)
    assert planned.warc_bytes.value == sum(file.bytes for file in files)
    size = sum(output.bytes for output in pages.outputs)
    assert planned.stored_bytes.value == pytest.approx(size, rel=0.3)
    # The corpus is left out: which share of the pages it has, no sample of WARC files can show.
    folders = [path for path in finished.iterdir() if path.name in ("pages", "dedup", "rounds")]
    stored = [path for folder in folders for path in folder.rglob("*") if path.suffix in _STORED]
    stored += (finished / "failures").iterdir()
    total = sum(stage.stored_bytes.value for stage in usage(planned, settings)[:3])
    assert total == pytest.approx(sum(path.stat().st_size for path in stored), rel=0.3)


def plan(capsys, *arguments):
    assert main(["plan", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_the_command_prints_a_bill_for_each_runner(crawl, capsys):
    printed = plan(capsys, "--config", crawl / "c.toml", "--crawl", crawl, "--files", 3)
    assert re.search(r"^WARC files +3 +8$", printed, re.M)
    assert re.search(r"^ +local +Flink +Dataflow$", printed, re.M)
    assert re.search(r"^\$ in all +\S", printed, re.M)
    assert "Warning: only 3 files were measured" in printed


def test_a_finished_run_is_measured_by_its_manifests(crawl, finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    printed = plan(capsys, "--config", crawl / "c.toml", "--crawl", crawl, "--run", finished)
    count = Manifest.from_json((finished / "pages/_MANIFEST.json").read_text()).counters["pages"]
    assert re.search(rf"^pages +{count} +{count}$", printed, re.M)
    assert "CPU time was not measured" in printed
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


def test_a_crawl_on_the_web_is_measured_in_part(crawl, capsys):
    lines = [f"{FOLDER}/{number}.warc.gz" for number in range(8)]
    files = {line: (crawl / line.rpartition("/")[2]).read_bytes() for line in lines}
    files[f"{FOLDER}/warc.paths.gz"] = gzip.compress("\n".join(lines).encode())
    with web_server(files) as server:
        flags = ["--crawl-root", server.url, "--contact", "us@example.org", "--files", 2]
        flags += ["--requests-per-second", 1000]
        printed = plan(
            capsys, "--config", crawl / "c.toml", "--crawl", "cc:CC-MAIN-2026-05", *flags
        )
        read = {path for path, _, _ in server.requests if path.endswith(".warc.gz")}
    assert len(read) == 2
    assert re.search(r"^WARC files +2 +8$", printed, re.M)


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--run", "nothing"], "nothing has no pages yet"),
        (["--crawl-root", ".", "--runner", "NoRunner"], "--runner NoRunner"),
    ],
)
def test_a_mistake_ends_the_command_in_one_line(crawl, flags, complaint, capsys):
    arguments = ["plan", "--config", str(crawl / "c.toml"), "--crawl", str(crawl), *flags]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
