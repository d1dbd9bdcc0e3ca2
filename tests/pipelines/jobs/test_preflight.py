import socket
from dataclasses import dataclass, replace

import pytest

from pipelines.beam_runner import Jobs
from pipelines.jobs.preflight import check_workers
from pipelines.jobs.worker_probe import ANSWER
from schemas.errors import InputError, RunnerError
from tests.helpers.trees import tree

EMBEDDED = ("--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK")


@dataclass(frozen=True)
class CountingJobs(Jobs):
    """Jobs that list the runs in `metrics`."""

    def run(self, build, *sizes):
        self.metrics[f"job {len(self.metrics) + 1}"] = {}
        return super().run(build, *sizes)


@dataclass(frozen=True)
class OtherMachineJobs(Jobs):
    """Jobs whose workers have a disk of their own."""

    disk: str = ""

    def run(self, build, *sizes):
        tree(self.disk).write(ANSWER, b"written there")
        return {}


@pytest.mark.slow
def test_workers_are_checked_once_for_each_output_folder_and_leave_nothing(tmp_path, capsys):
    jobs, output = CountingJobs(EMBEDDED), tree(tmp_path / "a")
    check_workers(output, jobs)
    check_workers(output, jobs)
    assert list(jobs.metrics) == ["job 1"]
    assert list((tmp_path / "a").iterdir()) == []
    check_workers(tree(tmp_path / "b"), jobs)
    assert list(jobs.metrics) == ["job 1", "job 2"]
    assert capsys.readouterr().err.count("preflight: ") == 2


def test_the_local_runner_needs_no_check(tmp_path):
    for flags in [(), ("--runner=DirectRunner",)]:
        jobs = CountingJobs(flags)
        check_workers(tree(tmp_path), jobs)
        assert jobs.metrics == {}


def test_an_output_folder_that_is_a_local_one_of_the_workers_is_refused(tmp_path):
    jobs, output = OtherMachineJobs(EMBEDDED, disk=str(tmp_path / "there")), tree(tmp_path / "here")
    with pytest.raises(InputError) as caught:
        check_workers(output, jobs)
    assert str(caught.value) == (
        f"--out {tmp_path}/here: what a worker writes is not here; "
        "name a folder that all workers see, or an object store (s3://, gs://)"
    )
    assert list((tmp_path / "here").iterdir()) == []
    with pytest.raises(InputError):
        check_workers(output, jobs)
    same_disk = replace(jobs, disk=output.folder)
    with pytest.raises(InputError):  # an answer to another question
        check_workers(output, same_disk)


def test_a_job_server_that_does_not_listen_is_reported_at_once(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{closed.getsockname()[1]}"
        jobs = Jobs(("--runner=PortableRunner", f"--job_endpoint={endpoint}"))
        with pytest.raises(RunnerError) as caught:
            check_workers(tree(tmp_path), jobs)
    assert str(caught.value) == (
        f"--job_endpoint {endpoint}: Connection refused; start the job server"
    )
