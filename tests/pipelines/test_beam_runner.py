import os
import signal
import sys

import apache_beam as beam
import pytest
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import StandardOptions
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.testing.util import assert_that, equal_to

from pipelines.beam_runner import Jobs, closing_late_workers
from schemas.errors import InputError, JobStagedError, MathmineError, RunnerError


def _region(_):
    return FileSystems._pipeline_options.get_all_options()["s3_region_name"]


@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
@pytest.mark.slow
def test_options_reach_the_workers(mode):
    flags = [f"--direct_running_mode={mode}", "--direct_num_workers=1", "--s3_region_name=there"]

    def build(pipeline):
        assert_that(pipeline | beam.Create([0]) | beam.Map(_region), equal_to(["there"]))

    Jobs(tuple(flags)).run(build, input_bytes=1)


def _fail(_):
    raise ValueError("a page broke")


def test_an_error_in_a_worker_stops_the_job():
    with pytest.raises(ValueError, match="a page broke"):
        Jobs().run(lambda p: p | beam.Create([0]) | beam.Map(_fail))


def _reject(_):
    raise InputError("a seed has no text")


@pytest.mark.parametrize("flags", [(), ("--direct_running_mode=multi_processing",)])
def test_a_user_error_in_a_thin_job_arrives_as_it_was_raised_and_is_not_logged(flags, caplog):
    with pytest.raises(InputError) as caught:
        Jobs(flags).run(lambda p: p | beam.Create([0]) | beam.Map(_reject))
    assert str(caught.value) == "a seed has no text"
    assert not caplog.records


@pytest.mark.slow
def test_a_user_error_in_a_worker_process_arrives_as_it_was_raised():
    flags = ("--direct_running_mode=multi_processing", "--direct_num_workers=1")
    with pytest.raises(InputError) as caught:
        Jobs(flags).run(lambda p: p | beam.Create([0]) | beam.Map(_reject), input_bytes=1)
    assert str(caught.value) == "a seed has no text"


_LATE = """
import os, time
try:
    os.close(os.open({path!r}, os.O_CREAT | os.O_EXCL))
except FileExistsError:
    time.sleep(6)
"""


def _done(_):
    return "done"


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_a_job_that_ends_before_all_its_workers_have_started_does_end(tmp_path, monkeypatch):
    # Python runs sitecustomize first: all workers but one connect when the job is done.
    (tmp_path / "sitecustomize.py").write_text(_LATE.format(path=str(tmp_path / "first")))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def build(pipeline):
        assert_that(pipeline | beam.Create([0]) | beam.Map(_done), equal_to(["done"]))

    Jobs(("--direct_running_mode=multi_processing", "--direct_num_workers=2")).run(build, 1)


def _die(_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("program", [sys.executable, "/bin/false"])
def test_a_lost_worker_process_ends_the_job_in_one_line(program, monkeypatch):
    # The second worker does not even start: Beam would wait for it forever.
    monkeypatch.setattr(sys, "executable", program)
    flags = ("--direct_running_mode=multi_processing", "--direct_num_workers=1")
    with pytest.raises(RunnerError, match=r"^a worker process was lost .* need less memory$"):
        Jobs(flags).run(lambda p: p | beam.Create([0]) | beam.Map(_die), input_bytes=1)


def test_the_patch_of_beam_is_in_force_only_while_a_local_job_runs():
    original = worker_handlers.ControlConnection.close

    def build(pipeline):
        _ = pipeline | beam.Create([0]) | beam.Map(_reject)

    with pytest.raises(InputError):
        Jobs().run(build)
    assert worker_handlers.ControlConnection.close is original
    with closing_late_workers():
        assert worker_handlers.ControlConnection.close is not original
    assert worker_handlers.ControlConnection.close is original


def test_another_version_of_beam_is_refused_with_the_version_that_is_needed(monkeypatch):
    monkeypatch.setattr(beam, "__version__", "2.78.0")
    with pytest.raises(MathmineError, match=r"needs Apache Beam 2\.77.*Beam 2\.78\.0 is installed"):
        Jobs().run(lambda p: p | beam.Create([0]))
    monkeypatch.setattr(beam, "__version__", "2.77.1")
    Jobs().run(lambda p: p | beam.Create([0]))


def test_large_work_gets_processes_and_thin_work_never_does():
    memory, processes = "--direct_running_mode=in_memory", "--direct_running_mode=multi_processing"
    assert Jobs().workers(input_bytes=1) == 0
    assert Jobs().workers(input_bytes=1 << 40) == os.cpu_count()
    assert Jobs((memory,)).workers(input_bytes=1 << 40) == 0
    assert Jobs((processes, "--direct_num_workers=3")).workers(input_bytes=1) == 3
    assert Jobs((processes, "--direct_num_workers=0")).workers(input_bytes=1) == os.cpu_count()
    assert Jobs((processes,)).workers(input_bytes=0) == 0
    assert Jobs(("--direct_num_workers=8",)).workers(input_bytes=1) == 8
    assert Jobs(("--direct_num_workers=8", memory)).workers(input_bytes=1) == 0


def test_a_job_for_a_template_is_staged_and_ends_the_command():
    jobs = Jobs(("--template_location=gs://bucket/job",))
    with pytest.raises(JobStagedError) as error:
        jobs.run(lambda pipeline: pipeline | beam.Create([1]))
    assert error.value.exit_status == 0


def test_a_job_asks_dataflow_alone_for_memory_unless_the_flags_do():
    dataflow = ("--runner=DataflowRunner",)
    hints = [
        Jobs(flags).options("16GB").view_as(StandardOptions).resource_hints
        for flags in ((), dataflow, (*dataflow, "--resource_hint=min_ram=30GB"))
    ]
    assert hints == [[], ["min_ram=16GB"], ["min_ram=30GB"]]
