"""Run one Beam job on our local runner, or on the runner that the flags name."""

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TypeVar, cast

import apache_beam as beam
import grpc
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import (
    DirectOptions,
    GoogleCloudOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
    WorkerOptions,
)
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.portability.fn_api_runner import fn_runner, worker_handlers
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.runners.runner import PipelineResult
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from pipelines.lost_workers import noticing_lost_workers
from pipelines.user_errors import (
    hide_user_errors,
    runner_error_in,
    show_user_errors,
    user_error_in,
)
from schemas.errors import JobStagedError, MathmineError, RunnerError
from transforms.storage.files import Storage
from transforms.storage.map_shards import METRICS

_MIN_BYTES_FOR_PROCESSES = 256 << 20  # of input, to make starting worker processes worth it
_PATCHED_BEAM = "2.77"
_LOCAL_RUNNER = "DirectRunner"
_Options = TypeVar("_Options", bound=PipelineOptions)


@dataclass(frozen=True)
class Jobs:
    """Where jobs run and how they reach files: Beam's flags, the same for all stages.

    `flags` have no credentials; those are in `storage`, which every DoFn carries with it.

    `metrics` are the counters of the jobs that this process has run, by folder. They are only for
    display: CPU time differs between identical runs, and a skipped stage counts nothing.

    `checked` are the output folders that workers have been seen to reach: see `check_workers`.
    """

    flags: tuple[str, ...] = ()
    debug: bool = False
    storage: Storage = field(default_factory=Storage)
    metrics: dict[str, dict[str, int]] = field(default_factory=dict, compare=False)
    checked: set[str] = field(default_factory=set, compare=False)

    def run(
        self, build: Callable[[beam.Pipeline], object], input_bytes: int = 0, min_ram: str = ""
    ) -> dict[str, int]:
        """Build a pipeline, run it to completion, and return its counters in METRICS.

        `input_bytes` is roughly how much the job reads, 0 if it reads only ids and counts. On the
        local runner a large job gets one process per core and any other job runs in this process,
        unless the flags say otherwise. A job that reads no text always runs in this process:
        starting others takes seconds. `min_ram` is the memory that a machine of Dataflow should
        have, such as "16GB".

        Raises the errors of the job. A MathmineError is raised as it was in a worker; any other
        error of a worker process is a RuntimeError with the worker's traceback, and a failure of
        the runner itself a RunnerError. JobStagedError ends a command that stages a job.
        """
        options = self.options(min_ram)
        runner, is_local = self.runner(), self.is_local()
        if is_local:
            if not self.debug:
                options.view_as(WorkerOptions).default_sdk_harness_log_level = "ERROR"
            runner = local_runner(options, self.workers(input_bytes))
        pipeline = beam.Pipeline(runner=runner, options=options)
        build(pipeline)
        with _patched_beam() if is_local else nullcontext(), _user_errors_as_raised():
            result = pipeline.run()
            if self.is_template():
                raise JobStagedError("the job is staged: the launcher of the template submits it")
            result.wait_until_finish()
        return _counters(result)

    def options(self, min_ram: str = "") -> PipelineOptions:
        """Return the options of Beam for a job that needs so much memory: see `run`."""
        options = PipelineOptions(list(self.flags))
        options.view_as(SetupOptions).save_main_session = False
        standard = options.view_as(StandardOptions)
        if min_ram and self.is_on_dataflow() and not standard.resource_hints:
            standard.resource_hints = [f"min_ram={min_ram}"]
        return options

    def runner(self) -> str:
        """Return the runner that the flags name."""
        return self.view_as(StandardOptions).runner or _LOCAL_RUNNER

    def is_on_dataflow(self) -> bool:
        """Return whether jobs run on Dataflow."""
        return "dataflow" in self.runner().lower()

    def is_template(self) -> bool:
        """Return whether a job is only staged, for the launcher of a flex template."""
        return bool(self.view_as(GoogleCloudOptions).template_location)

    def is_local(self) -> bool:
        """Return whether jobs run on our local runner."""
        return self.runner() == _LOCAL_RUNNER

    def view_as(self, options: type[_Options]) -> _Options:
        """Return the flags as options of Beam."""
        return cast(_Options, PipelineOptions(list(self.flags)).view_as(options))

    def workers(self, input_bytes: int) -> int:
        """Return the number of worker processes on the local runner; 0: run in this process."""
        direct = self.view_as(DirectOptions)
        if not input_bytes or direct.direct_running_mode == "multi_threading":
            return 0
        is_explicit = any(flag.startswith("--direct_running_mode") for flag in self.flags)
        has_number = any(flag.startswith("--direct_num_workers") for flag in self.flags)
        if direct.direct_running_mode == "multi_processing" or (has_number and not is_explicit):
            return direct.direct_num_workers or os.cpu_count() or 1
        return 0 if is_explicit or input_bytes < _MIN_BYTES_FOR_PROCESSES else os.cpu_count() or 1


def _counters(result: PipelineResult) -> dict[str, int]:
    """Return the counters in the namespace METRICS, summed over all steps of a job."""
    counters: Counter[str] = Counter()
    for counter in result.metrics().query(MetricsFilter().with_namespace(METRICS))["counters"]:
        counters[counter.key.metric.name] += counter.result or 0
    return dict(counters)


@contextmanager
def _user_errors_as_raised() -> Iterator[None]:
    """Keep Beam from logging a MathmineError with its traceback, and from adding to its message."""
    hide_user_errors()
    try:
        yield
    except MathmineError as error:
        raise type(error)(str(error).partition(" [while running ")[0]) from error
    except RuntimeError as error:
        if known := user_error_in(str(error)) or runner_error_in(str(error)):
            raise known from error
        raise
    except (grpc.RpcError, grpc.FutureTimeoutError) as error:
        reason = "the job server does not answer, or no longer: start it"
        raise RunnerError(f"{reason}, and the same command resumes the work") from error
    finally:
        show_user_errors()


def local_runner(options: PipelineOptions, workers: int) -> fn_runner.FnApiRunner:
    """Return Beam's portable runner with `workers` worker processes (0: run in this process).

    `DirectRunner` would be Prism if there is a network and FnApiRunner if there is none, and a
    plain FnApiRunner hides the options from worker processes: docs/decisions/0003.
    """
    direct = options.view_as(DirectOptions)
    direct.direct_running_mode = "in_memory"  # the environment below says where workers run
    direct.direct_num_workers = max(1, workers)
    encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
    provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
    command = f"{shlex.quote(sys.executable)} -m pipelines.beam_worker"
    processes = SubprocessSDKEnvironment.from_command_string(command) if workers else None
    return fn_runner.FnApiRunner(
        processes, provision_info=fn_runner.ExtendedProvisionInfo(provision)
    )


@contextmanager
def _patched_beam() -> Iterator[None]:
    with closing_late_workers(), noticing_lost_workers():
        yield


@contextmanager
def closing_late_workers() -> Iterator[None]:
    """Patch Beam, while the block runs, to also shut down workers that have not connected yet.

    Beam tells only connected workers that a job is done. If a job ends before its last worker has
    started, that worker waits for work, and Beam waits for the worker, forever.

    Raises MathmineError for a version of Beam that this patch was not written for.
    """
    if not beam.__version__.startswith(f"{_PATCHED_BEAM}."):
        raise MathmineError(
            f"the local runner needs Apache Beam {_PATCHED_BEAM}, whose worker shutdown it patches "
            f"(pipelines/beam_runner.py), but Beam {beam.__version__} is installed"
        )
    connection = worker_handlers.ControlConnection
    original = connection.close
    connection.close = _close
    try:
        yield
    finally:
        connection.close = original


def _close(connection: worker_handlers.ControlConnection) -> None:
    """Close like ControlConnection.close, but also queue the end marker for a late worker."""
    connection.push(worker_handlers.BeamFnControlServicer._DONE_MARKER)
    with worker_handlers.ControlConnection._lock:
        if connection._state == worker_handlers.BeamFnControlServicer.STARTED_STATE:
            connection._read_thread.join()
        connection._state = worker_handlers.BeamFnControlServicer.DONE_STATE
