"""Run one Beam job: on our own local runner, or on the one that the flags name."""

from collections.abc import Callable
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
    WorkerOptions,
)
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.portability.fn_api_runner import fn_runner
from apache_beam.runners.portability.portable_runner import JobServiceHandle

from transforms.storage import Storage

_WORTH_PROCESSES = 256 << 20  # bytes of input from which starting worker processes pays


@dataclass(frozen=True)
class Jobs:
    """Where jobs run and how they reach files: Beam's flags, once for all stages."""

    flags: tuple[str, ...] = ()
    debug: bool = False

    @property
    def storage(self) -> Storage:
        """The file access that a job's workers carry with them."""
        given = PipelineOptions(list(self.flags)).get_all_options(drop_default=True)
        return Storage(tuple(sorted((k, v) for k, v in given.items() if k.startswith("s3_"))))

    def run(self, build: Callable[[beam.Pipeline], object], input_bytes: int = 0) -> None:
        """Build a pipeline, run it and wait; any error in it is raised here.

        `input_bytes` is about how much it reads: on the local runner small jobs stay in this
        process and large ones get one for each core, unless the flags say otherwise.
        """
        options = PipelineOptions(list(self.flags))
        options.view_as(SetupOptions).save_main_session = False
        runner = options.view_as(StandardOptions).runner
        if runner in (None, "DirectRunner"):
            if input_bytes >= _WORTH_PROCESSES and not self._names_a_mode():
                options.view_as(DirectOptions).direct_running_mode = "multi_processing"
                options.view_as(DirectOptions).direct_num_workers = 0  # as many as there are cores
            if not self.debug:
                options.view_as(WorkerOptions).default_sdk_harness_log_level = "ERROR"
            runner = _local_runner(options)
        pipeline = beam.Pipeline(runner=runner, options=options)
        build(pipeline)
        pipeline.run().wait_until_finish()

    def _names_a_mode(self) -> bool:
        return any(flag.startswith("--direct_running_mode") for flag in self.flags)


def _local_runner(options: PipelineOptions) -> fn_runner.FnApiRunner:
    """Return Beam's portable runner in this process, with the options passed on to its workers.

    `DirectRunner` would be Prism where there is a network and something else where there is none,
    and a plain FnApiRunner hides the options from worker processes: docs/decisions/0003.
    """
    encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
    provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
    return fn_runner.FnApiRunner(provision_info=fn_runner.ExtendedProvisionInfo(provision))
