import os
from pathlib import Path

import pytest
from apache_beam.testing.test_pipeline import TestPipeline
from hypothesis import Phase, settings

# On a busy machine, two threads of torch are four times slower than one. Inherited by subprocesses.
os.environ.setdefault("OMP_NUM_THREADS", "1")

TestPipeline.__test__ = False  # a pipeline, not a test class

settings.register_profile("project", deadline=None, derandomize=True)  # machines differ in speed
# For mutation testing: that a test fails is enough, the smallest example is not needed.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("project")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Crawls, benchmarks and broken WARC files that may not be redistributed with the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.exists():
        pytest.skip(f"no test data in {folder}: its files may not be redistributed")
    return folder
