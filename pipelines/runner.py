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
    """Where jobs run and how they reach files: the flags of the command, once for all stages."""

    options: PipelineOptions
    debug: bool = False

    @property
    def storage(self) -> Storage:
        """The file access that this job's workers carry with them."""
        given = self.options.get_all_options(drop_default=True)
        return Storage(tuple(sorted((k, v) for k, v in given.items() if k.startswith("s3_"))))

    def run(self, build: Callable[[beam.Pipeline], object], input_bytes: int = 0) -> None:
        """Build a pipeline, run it and wait; any error in it is raised here.

        `input_bytes` is about how much it reads: small jobs stay in this process.
        """
        options = PipelineOptions.from_dictionary(self.options.get_all_options(drop_default=True))
        options.view_as(SetupOptions).save_main_session = False
        runner = options.view_as(StandardOptions).runner
        if runner in (None, "DirectRunner"):
            _choose_mode(options, self.options, input_bytes)
            if not self.debug:
                options.view_as(WorkerOptions).default_sdk_harness_log_level = "ERROR"
            runner = _local_runner(options)
        pipeline = beam.Pipeline(runner=runner, options=options)
        build(pipeline)
        pipeline.run().wait_until_finish()


def _choose_mode(options: PipelineOptions, given: PipelineOptions, input_bytes: int) -> None:
    """Use processes for large inputs, unless the flags say what to use."""
    if "direct_running_mode" not in given.get_all_options(drop_default=True):
        direct = options.view_as(DirectOptions)
        if input_bytes >= _WORTH_PROCESSES:
            direct.direct_running_mode = "multi_processing"
            direct.direct_num_workers = 0  # as many as there are cores


def _local_runner(options: PipelineOptions) -> fn_runner.FnApiRunner:
    """Return Beam's portable runner in this process, with the options passed on to its workers.

    `DirectRunner` would be Prism where there is a network and something else where there is none,
    and a plain FnApiRunner hides the options from worker processes: docs/decisions/0003.
    """
    encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
    provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
    return fn_runner.FnApiRunner(provision_info=fn_runner.ExtendedProvisionInfo(provision))
