"""Faults at random moments: FAULT_SEED repeats those of an earlier run, FAULTS sets how many."""

import os
import random
import time

import pytest

from pipelines.progress import table
from tests.faults.faulty_runs import command, contents, number_of_files, run
from tests.runners.conftest import flink

__all__ = ["flink"]
SEED = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6))
NUMBER = int(os.environ.get("FAULTS") or 20)
RESULTS = pytest.StashKey[dict]()


def pytest_configure(config):
    config.stash[RESULTS] = {}


def pytest_generate_tests(metafunc):
    if "moment" in metafunc.fixturenames:
        seeds = range(SEED, SEED + NUMBER)
        metafunc.parametrize("moment", [random.Random(seed) for seed in seeds], ids=map(str, seeds))


def pytest_terminal_summary(terminalreporter, config):
    if results := config.stash[RESULTS]:
        terminalreporter.section(f"faults, FAULT_SEED={SEED}")
        rows = [
            (kind, str(len(same)), str(sum(same)), f"{sum(seconds):.0f}")
            for kind, (same, seconds) in results.items()
        ]
        heading = ("fault", "runs", "identical corpora", "seconds")
        terminalreporter.write_line(table([heading, *rows]))


@pytest.fixture
def record(request):
    """Count a run under the kind of its fault, by whether its corpus is that of a run without."""
    started = time.monotonic()

    def add(kind, is_same):
        same, seconds = request.config.stash[RESULTS].setdefault(kind, ([], []))
        same.append(is_same)
        seconds.append(time.monotonic() - started)
        assert is_same

    return add


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    """Files of a run without faults: their digests and number."""
    folder = tmp_path_factory.mktemp("clean")
    assert run(command(folder)).status == 0
    return contents(folder / "out"), number_of_files(folder / "out")
