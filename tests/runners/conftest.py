"""Real runners: tests are skipped, with the reason, where a program or an index is missing."""

import pytest

from infra.flink.cluster import cluster_in
from infra.flink.downloads import fetch_flink, fetch_job_server, missing_programs
from infra.flink.processes import ClusterError
from infra.prism import fetch_prism
from pipelines.progress import table
from tests.conftest import ROOT
from tests.helpers.example_runs import run_example

DOWNLOADS = ROOT / "build" / "runners"
COSTS = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[COSTS] = []


def pytest_terminal_summary(terminalreporter, config):
    if costs := config.stash[COSTS]:
        terminalreporter.section("the example on each runner")
        heading = ("runner", "wall s", "CPU s", "jobs")
        terminalreporter.write_line(table([heading, *costs]))


@pytest.fixture(scope="session")
def record_cost(request):
    """Add a row to the table that is printed at the end."""

    def record(runner, run, more_cpu=0.0):
        seconds = f"{run.wall_seconds:.0f}", f"{run.cpu_seconds + more_cpu:.0f}"
        request.config.stash[COSTS].append((runner, *seconds, str(len(run.jobs()))))

    return record


@pytest.fixture(scope="session")
def local_example(tmp_path_factory, record_cost):
    """The example on the local runner."""
    run = run_example(tmp_path_factory.mktemp("local") / "out")
    assert run.status == 0, run.errors
    record_cost("local", run)
    return run


@pytest.fixture(scope="session")
def flink(tmp_path_factory):
    """A Flink cluster with two slots."""
    if reason := missing_programs():
        pytest.skip(reason)
    try:
        fetch_flink(DOWNLOADS)
        fetch_job_server(DOWNLOADS)
    except ClusterError as error:
        pytest.skip(str(error))
    with cluster_in(tmp_path_factory.mktemp("flink"), DOWNLOADS, slots=2) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def prism_flags():
    """The flags that run jobs on Prism."""
    try:
        program = fetch_prism(DOWNLOADS)
    except ClusterError as error:
        pytest.skip(str(error))
    return ["--runner=PrismRunner", f"--prism_location={program}"]
