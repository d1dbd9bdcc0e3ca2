import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from infra.flink.processes import free_port, is_listening, launch, wait_for
from tests.conftest import ROOT
from tests.helpers.example_runs import run_example

pytestmark = [pytest.mark.runners, pytest.mark.slow, pytest.mark.timeout(1800)]
LACKING = """
from importlib import metadata
real = metadata.version
def version(name):
    if name in ("fasttext", "resiliparse"):
        raise metadata.PackageNotFoundError(name)
    return "21.0.0" if name == "pyarrow" else real(name)
metadata.version = version
"""
OLDER_BEAM = """
from importlib import metadata
from apache_beam import version
version.__version__ = "2.70.0"
real = metadata.version
metadata.version = lambda name: "2.70.0" if name == "apache-beam" else real(name)
"""


@pytest.fixture
def other_workers(tmp_path):
    """Start pools of workers, each in an environment that some code changes; return their ports."""
    pools = []

    def start(code):
        folder = tmp_path / f"pool{len(pools)}"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(code)
        port = free_port(50100, "worker port")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "PYTHONPATH": f"{folder}:{ROOT}"}
        pool = [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main"]
        command = [*pool, f"--service_port={port}"]
        pools.append(launch("workers", command, folder / "log", environment))
        wait_for({"workers": lambda: is_listening(port)}, pools[-1:])
        return port

    yield start
    for pool in pools:
        pool.end()


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            LACKING,
            "a worker lacks fasttext, resiliparse; "
            f"has pyarrow 21.0.0 instead of {metadata.version('pyarrow')}",
        ),
        (
            OLDER_BEAM,
            f"a worker has apache-beam 2.70.0 instead of {metadata.version('apache-beam')}",
        ),
    ],
)
def test_what_a_worker_of_flink_lacks_is_said_in_one_line(
    flink, other_workers, tmp_path, code, problem
):
    port = other_workers(code)
    run = run_example(tmp_path / "out", [*flink.flags(), f"--environment_config=localhost:{port}"])
    assert (run.status, run.jobs()) == (2, ["preflight"]), run.errors
    *progress, error = run.errors.splitlines()
    assert all(line.startswith("preflight: ") for line in progress), run.errors
    assert error == (
        f"mathmine: --runner PortableRunner: {problem}; "
        "install the same version of mathmine there, with -c constraints.txt"
    )


def test_a_pool_of_workers_that_does_not_listen_ends_the_command_in_one_line(flink, tmp_path):
    port = free_port(50200, "worker port")
    run = run_example(tmp_path / "out", [*flink.flags(), f"--environment_config=localhost:{port}"])
    assert (run.status, run.jobs()) == (1, ["preflight"])
    *progress, error = run.errors.splitlines()
    assert all(line.startswith("preflight: ") for line in progress), run.errors
    assert error.startswith("mathmine: the runner gave up a job (")
    assert "Connection refused" in error
