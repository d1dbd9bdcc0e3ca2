import json
import os
import sys
from pathlib import Path

import pytest

from infra.flink import cluster as clusters
from infra.flink.__main__ import main
from infra.flink.cluster import Cluster, running_cluster, start
from infra.flink.downloads import missing_programs
from infra.flink.processes import ClusterError, launch
from pipelines.cli_flags import check_flags

pytestmark = pytest.mark.slow  # starts processes

SLEEP = "import time; time.sleep(600)"


def fake_cluster(folder, *commands):
    """The state of a cluster whose processes run Python commands."""
    processes = tuple(
        launch(f"process{i}", [sys.executable, "-c", code], folder / f"{i}.log", os.environ)
        for i, code in enumerate(commands)
    )
    cluster = Cluster(str(folder), processes, rest=8081, job=8099, pool=50000, slots=3)
    clusters._save(cluster)
    return cluster


def test_the_state_of_a_cluster_is_read_as_it_was_written_and_removed_when_it_stops(tmp_path):
    cluster = fake_cluster(tmp_path, SLEEP)
    assert running_cluster(tmp_path) == cluster
    cluster.stop()
    assert running_cluster(tmp_path) is None
    cluster.stop()


def test_a_second_cluster_in_the_same_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "missing_programs", lambda: None)
    cluster = fake_cluster(tmp_path, SLEEP, SLEEP)
    with pytest.raises(ClusterError, match=r"a cluster runs in .* already: stop it first"):
        start(tmp_path, tmp_path / "downloads")
    assert all(process.is_running() for process in cluster.processes)
    cluster.stop()


def test_what_is_left_of_a_cluster_is_ended_before_the_next_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "missing_programs", lambda: None)
    monkeypatch.setattr(clusters, "fetch_flink", lambda folder: 1 / 0)
    cluster = fake_cluster(tmp_path, "", SLEEP)
    dead, left = cluster.processes
    dead.end()
    with pytest.raises(ZeroDivisionError):
        start(tmp_path, tmp_path / "downloads")
    assert not left.is_running()


def test_a_program_that_is_missing_is_named_with_its_package(tmp_path, monkeypatch, capsys):
    (tmp_path / "java").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_programs() == "no `mvn` on the PATH: apt-get install maven"
    monkeypatch.setattr(sys, "argv", ["infra.flink", "start", str(tmp_path / "run")])
    assert main() == 1
    assert capsys.readouterr().err == ("infra.flink: no `mvn` on the PATH: apt-get install maven\n")
    assert not Path(tmp_path, "run").exists()


def test_stopping_where_no_cluster_runs_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["infra.flink", "stop", str(tmp_path)])
    assert main() == 0
    assert capsys.readouterr().err == f"no cluster runs in {tmp_path}\n"


def test_the_flags_of_a_cluster_are_flags_of_mathmine():
    cluster = Cluster("folder", (), rest=8081, job=8099, pool=50000, slots=3)
    check_flags(cluster.flags())
    assert "--job_endpoint=localhost:8099" in cluster.flags()
    assert "--sdk_worker_parallelism=3" in cluster.flags()


def test_the_state_names_every_process_with_the_time_of_its_start(tmp_path):
    cluster = fake_cluster(tmp_path, SLEEP)
    (process,) = json.loads((tmp_path / "cluster.json").read_text())["processes"]
    assert process == {
        "name": "process0",
        "pid": cluster.processes[0].pid,
        "started": cluster.processes[0].started,
        "log": str(tmp_path / "0.log"),
    }
    cluster.stop()
