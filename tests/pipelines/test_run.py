"""A whole run on the sample WARCs: twice, in both local modes, and after kill -9."""

import contextlib
import ctypes
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from schemas import shards

pytestmark = pytest.mark.slow  # whole runs

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def arguments(out, *more, **changes):
    inputs = {
        "config": ROOT / "configs" / "example.toml",
        "crawl": EXAMPLES / "crawl",
        "seed": EXAMPLES / "seed.jsonl",
        "benchmarks": EXAMPLES / "benchmarks",
        "out": out,
    }
    pairs = ((f"--{name}", value) for name, value in (inputs | changes).items())
    return ["run", *(str(word) for pair in pairs for word in pair), *more]


def digests(out):
    """Digests of all files of a tree by path, without the reports of jobs."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.startswith(("_report", "_items"))
    }


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Run the example; return its output folder and what it printed."""
    out = tmp_path_factory.mktemp("run") / "out"
    with contextlib.redirect_stdout(io.StringIO()) as text:
        assert main(arguments(out)) == 0
    return out, text.getvalue()


@pytest.fixture(scope="module")
def finished(printed):
    return printed[0]


def cells(tables):
    """The words of each line, but for the CPU time of the job `pages`."""
    lines = [line.split() for line in tables.strip().splitlines()]
    return [line[:6] if line[:1] == ["pages"] and len(line) == 7 else line for line in lines]


def test_the_readme_shows_what_the_example_prints(printed):
    readme = (ROOT / "README.md").read_text()
    block = readme.partition("<!-- example -->")[2].split("```")[1]
    assert cells(block) == cells(printed[1])


def test_the_output_tree_is_complete(finished):
    paths = {str(path.relative_to(finished)) for path in finished.rglob("*")}
    shard = "example-2026-01-00000.warc.gz.parquet"
    expected = {
        f"pages/{shard}",
        "pages/_MANIFEST.json",
        f"failures/{shard}",
        "rounds/01/classifier.bin",
        f"rounds/01/scores/{shard}",
        "rounds/01/scores/_MANIFEST.json",
        "rounds/01/domains.parquet",
        "rounds/01/candidates.parquet",
        "rounds/01/round.json",
        "rounds/01/_MANIFEST.json",
        "rounds/02/round.json",
        "patterns.csv",
        f"dedup/{shard}",
        "corpus/_MANIFEST.json",
        "corpus/math-00000-of-00001.parquet",
        "manifest.json",
    }
    assert expected <= paths
    assert not [path for path in paths if path.endswith(".tmp")]


def test_the_ledger_of_the_sample_is_exact(finished):
    counters = json.loads((finished / "pages/_MANIFEST.json").read_text())["counters"]
    assert counters == {
        "records": 1035,
        "pages": 315,
        "dropped.not_response": 691,
        "dropped.not_html": 11,
        "dropped.status": 9,
        "dropped.empty": 4,
        "dropped.no_text": 3,
        "failed.damaged_member": 1,
        "failed.cut_short": 1,
    }


def test_the_corpus_is_mathematics_each_page_once_and_without_benchmarks(finished):
    table = pq.read_table(finished / "corpus/math-00000-of-00001.parquet")
    assert table.schema.equals(shards.CORPUS, check_metadata=False)
    rows = table.to_pylist()
    assert 60 <= len(rows) <= 150
    hosts = {row["host"] for row in rows}
    assert {"dlmf.nist.gov", "cp-algorithms.com", "tobydriscoll.github.io"} <= hosts
    assert sum(row["formulas"] > 0 for row in rows) > 0.8 * len(rows)
    for key in ("id", "text_digest"):
        assert len({row[key] for row in rows}) == len(rows)
    counters = json.loads((finished / "corpus/_MANIFEST.json").read_text())["counters"]
    assert counters["contaminated_pages"] >= 2


def test_the_top_manifest_describes_the_whole_run(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    assert manifest["result"]["stopped"].startswith("Stopped after round ")
    assert manifest["prepare"]["records"] == 1035
    [file] = manifest["files"]
    path = finished / file["path"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
    assert len(manifest["rounds"]) == len(list((finished / "rounds").iterdir()))
    assert str(finished) not in json.dumps(manifest)


def test_a_second_run_does_nothing_and_reports_it(finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert main(arguments(finished)) == 0
    assert capsys.readouterr().out.startswith("Nothing to do: ")
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


def test_a_second_run_needs_no_permission_to_write(finished, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(finished, out)  # with other times of change of the inputs
    folders = [out, *(path for path in out.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    command = [sys.executable, "-m", "pipelines", *arguments(out)]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=obey_permissions
    )
    for folder in folders:
        folder.chmod(0o755)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Nothing to do: ")


def obey_permissions():
    """Give up the capability of root to write where nobody may (no effect on other users)."""
    prctl_drop_capability, cap_dac_override = 24, 1
    ctypes.CDLL(None).prctl(prctl_drop_capability, cap_dac_override)


@pytest.mark.runners
def test_worker_processes_write_the_same_bytes_as_one_process(finished, tmp_path):
    flags = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    assert main(arguments(tmp_path / "out", *flags)) == 0
    assert digests(tmp_path / "out") == digests(finished)


@pytest.mark.runners
@pytest.mark.parametrize(
    "moment",
    ["pages/example-2026-01-00000.warc.gz.parquet", "rounds/02/classifier.bin", "dedup"],
)
def test_a_killed_run_resumes_and_writes_the_same_bytes(finished, tmp_path, moment):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pipelines", *arguments(out)]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    while not (out / moment).exists():
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    complete = {path for path in out.glob("pages/*.parquet")}
    stamps = {path: path.stat().st_mtime_ns for path in complete}
    assert main(arguments(out)) == 0
    assert digests(out) == digests(finished)
    assert {path: path.stat().st_mtime_ns for path in complete} == stamps


def test_other_settings_or_inputs_on_the_same_folder_are_refused(finished, tmp_path, capsys):
    def refused(text=None, **changes):
        if text is not None:
            (tmp_path / "c.toml").write_text(text)
            changes["config"] = tmp_path / "c.toml"
        assert main(arguments(finished, **changes)) == 2
        return capsys.readouterr().err

    example = (ROOT / "configs/example.toml").read_text()
    error = refused(example + "\n[prepare]\nmax_html_bytes = 5\n")
    assert "settings.max_html_bytes is 4000000 there, 5 here" in error
    assert "settings.classifier.dimension is 32 there, 16 here" in refused(
        example.replace("dimension = 32", "dimension = 16")
    )
    assert "inputs.example-2026-02" in refused(crawl=EXAMPLES / "crawl/example-2026-01*")
    (tmp_path / "seed.txt").write_text("a theorem")
    assert "inputs.seed.seed.txt is missing there" in refused(seed=tmp_path / "seed.txt")
    assert "settings.decontamination.ngram is 10 there, 13 here" in refused(
        example + "\n[write.decontamination]\nngram = 13\n"
    )


def test_the_stages_one_by_one_write_the_same_corpus(finished, tmp_path):
    out = tmp_path / "out"
    common = ["--config", str(ROOT / "configs/example.toml"), "--out", str(out)]
    seed = ["--seed", str(EXAMPLES / "seed.jsonl")]
    assert main(["prepare", *common, "--crawl", str(EXAMPLES / "crawl")]) == 0
    assert main(["dedup", *common]) == 0
    for _ in (finished / "rounds").iterdir():
        assert main(["round", *common, *seed]) == 0
    assert main(["write", *common, "--benchmarks", str(EXAMPLES / "benchmarks")]) == 0
    name = "corpus/math-00000-of-00001.parquet"
    assert (out / name).read_bytes() == (finished / name).read_bytes()


def copy_pages(finished, out):
    """Copy what no label changes, so that a run begins with its first round."""
    for folder in ("pages", "failures", "dedup"):
        shutil.copytree(finished / folder, out / folder)


def test_without_labels_or_rule_the_run_waits_for_a_person_and_then_continues(
    finished, tmp_path, capsys
):
    example = (ROOT / "configs/example.toml").read_text()
    config = tmp_path / "c.toml"
    config.write_text(
        example.replace("accept_share = 0.8", "").replace("max_rounds = 4", "max_rounds = 2")
    )
    out = tmp_path / "out"
    copy_pages(finished, out)
    assert main(arguments(out, config=config)) == 0
    assert "Waiting after round 1: label the patterns" in capsys.readouterr().out
    assert not (out / "corpus").exists()
    rows = (out / "patterns.csv").read_text()
    assert "cp-algorithms.com,,,round 1," in rows
    rows = rows.replace("cp-algorithms.com,,", "cp-algorithms.com,accept,somebody")
    (out / "patterns.csv").write_text(
        rows.replace("dlmf.nist.gov,,", "dlmf.nist.gov,reject,somebody")
    )
    assert main(arguments(out, config=config)) == 0
    assert "Stopped after round 2" in capsys.readouterr().out
    identity = json.loads((out / "rounds/02/_MANIFEST.json").read_text())["identity"]
    assert identity["inputs"]["labels"] == {
        "cp-algorithms.com": "accept",
        "dlmf.nist.gov": "reject",
    }
    table = pq.read_table(out / "corpus/math-00000-of-00001.parquet")
    assert "dlmf.nist.gov" not in table.column("host").to_pylist()

    # A change of labels starts a further round, beyond max_rounds, and the corpus is rewritten.
    (out / "patterns.csv").write_text(
        rows.replace("cp-algorithms.com,accept", "cp-algorithms.com,reject")
    )
    assert main(arguments(out, config=config)) == 0
    printed = capsys.readouterr()
    assert "Stopped after round 3" in printed.out
    assert "corpus is made again: its pages were collected again" in printed.err
    table = pq.read_table(out / "corpus/math-00000-of-00001.parquet")
    hosts = table.column("host").to_pylist()
    assert "cp-algorithms.com" not in hosts
    assert "dlmf.nist.gov" in hosts


def test_labels_in_the_file_of_the_flag_are_honoured(finished, tmp_path):
    labels = tmp_path / "mine.csv"
    labels.write_text("pattern,label,who\ncirosantilli.com,reject,me\noi-wiki.org/math,accept,me\n")
    out = tmp_path / "out"
    copy_pages(finished, out)
    assert main(arguments(out, "--patterns", str(labels))) == 0
    last = max((out / "rounds").iterdir())
    identity = json.loads((last / "_MANIFEST.json").read_text())["identity"]
    assert identity["inputs"]["labels"]["oi-wiki.org/math"] == "accept"
    table = pq.read_table(out / "corpus/math-00000-of-00001.parquet")
    assert "cirosantilli.com" not in table.column("host").to_pylist()
    assert os.path.exists(out / "patterns.csv")


def test_odd_files_of_other_projects_end_in_pages_drops_or_failures(shared_data, tmp_path):
    files = sorted(path for path in (shared_data / "warc").rglob("*") if path.is_file())
    paths = [str(path) for path in files if not path.name.endswith(".paths.gz")]
    listed = tmp_path / "all.paths"
    listed.write_text("".join(f"{path}\n" for path in paths))
    config, out = str(ROOT / "configs/example.toml"), tmp_path / "out"
    assert main(["prepare", "--config", config, "--out", str(out), "--crawl", str(listed)]) == 0
    manifest = json.loads((out / "pages/_MANIFEST.json").read_text())
    assert len(manifest["identity"]["inputs"]) == len(paths) > 100
    assert manifest["counters"]["pages"] > 200
    for path in out.glob("pages/*.parquet"):
        counters = json.loads(pq.read_metadata(path).metadata[b"mathmine.counters"])
        ends = sum(counters.values()) - counters["records"] - counters.get("formulas_lost", 0)
        assert counters["records"] == ends > 0
