import pytest

from tests.helpers.example_runs import run_example

pytestmark = [pytest.mark.runners, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_the_example_on_prism_has_the_bytes_of_the_local_runner(
    prism_flags, local_example, record_cost, tmp_path
):
    run = run_example(tmp_path / "out", prism_flags)
    assert run.status == 0, run.errors
    record_cost("Prism", run)
    assert run.files() == local_example.files()
