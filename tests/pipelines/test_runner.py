import apache_beam as beam
import pytest
from apache_beam.io.filesystems import FileSystems
from apache_beam.testing.util import assert_that, equal_to

from pipelines.runner import Jobs


def _region(_):
    return FileSystems._pipeline_options.get_all_options()["s3_region_name"]


@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
def test_options_reach_the_workers(mode):
    flags = [f"--direct_running_mode={mode}", "--direct_num_workers=1", "--s3_region_name=there"]

    def build(pipeline):
        assert_that(pipeline | beam.Create([0]) | beam.Map(_region), equal_to(["there"]))

    Jobs(tuple(flags)).run(build)


def test_storage_carries_the_options_that_reach_object_stores():
    jobs = Jobs(
        (
            "--s3_region_name=there",
            "--direct_num_workers=2",
        )
    )
    assert jobs.storage.options == (("s3_region_name", "there"),)


def _fail(_):
    raise ValueError("a page broke")


def test_an_error_in_a_worker_stops_the_job():
    with pytest.raises(ValueError, match="a page broke"):
        Jobs().run(lambda p: p | beam.Create([0]) | beam.Map(_fail))


def test_work_that_is_large_gets_processes_unless_flags_say_otherwise(monkeypatch):
    modes = []

    def record(pipeline):
        modes.append(pipeline.options.get_all_options()["direct_running_mode"])

    monkeypatch.setattr(
        beam.Pipeline, "run", lambda self: type("Done", (), {"wait_until_finish": lambda _: None})()
    )
    Jobs().run(record, input_bytes=1)
    Jobs().run(record, input_bytes=1 << 40)
    Jobs(("--direct_running_mode=in_memory",)).run(record, input_bytes=1 << 40)
    assert modes == ["in_memory", "multi_processing", "in_memory"]
