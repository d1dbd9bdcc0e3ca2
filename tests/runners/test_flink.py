import pytest

from tests.helpers.example_runs import cpu_seconds, run_example

pytestmark = [pytest.mark.runners, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_the_example_on_flink_has_the_bytes_of_the_local_runner(
    flink, local_example, record_cost, tmp_path
):
    before = cpu_seconds(flink)
    run = run_example(tmp_path / "out", flink.flags())
    assert run.status == 0, run.errors
    record_cost("Flink, 2 slots", run, more_cpu=cpu_seconds(flink) - before)
    assert run.files() == local_example.files()
