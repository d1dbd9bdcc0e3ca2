"""Build the graph of every job for the runner that the flags name, and submit none.

All stages run on a made-up crawl of a few pages, with the local runner and in a temporary folder,
so the jobs are those that the stages make themselves. Each is also built as its runner would get
it, with the checks that Dataflow makes before it takes a job.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions, WorkerOptions
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner
from apache_beam.runners.pipeline_utils import group_by_key_input_visitor
from apache_beam.runners.runner import create_runner
from apache_beam.transforms import environments
from apache_beam.transforms.resources import resource_hints_from_options

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.dry_run.stand_in import StandIn, stand_in_settings, write_stand_in
from pipelines.stages.dedup import deduplicate
from pipelines.stages.prepare import prepare
from pipelines.stages.run import run
from schemas.manifest import NO_BENCHMARKS
from schemas.settings import Settings
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree


@dataclass(frozen=True)
class JobGraph:
    """A job as its runner would get it: the folder that it writes to, and its steps.

    `image` is that of the workers, "" where the runner needs none. `min_ram` is the memory that a
    worker is asked to have, in bytes, 0 for any.
    """

    folder: str
    steps: tuple[str, ...]
    transforms: int
    image: str = ""
    min_ram: int = 0


@dataclass(frozen=True)
class _DryJobs(Jobs):
    """Jobs that are built for the runner of `flags`, and run by the local one."""

    graphs: list[JobGraph] = field(default_factory=list, compare=False)

    def run(
        self, build: Callable[[beam.Pipeline], object], input_bytes: int = 0, min_ram: str = ""
    ) -> dict[str, int]:
        self.graphs.append(_graph(build, self, min_ram))
        return Jobs().run(build)

    def is_local(self) -> bool:
        return True  # no worker is there to be checked


def build_graphs(settings: Settings, jobs: Jobs) -> list[JobGraph]:
    """Return the graphs of the jobs of a run with one round, in order; all rounds have the same.

    The last are those of `dedup` if there are more pairs of copies than one worker joins, of which
    the number of rounds depends on the crawl.
    """
    with tempfile.TemporaryDirectory() as folder:
        stand_in = write_stand_in(Path(folder))
        changed = stand_in_settings(settings)
        return [
            *_of_run(stand_in, changed, OutputTree(f"{folder}/out", Storage()), jobs),
            *_of_many_pairs(stand_in, changed, OutputTree(f"{folder}/many", Storage()), jobs),
        ]


def _of_run(
    stand_in: StandIn, settings: Settings, tree: OutputTree, jobs: Jobs
) -> Iterator[JobGraph]:
    dry = _DryJobs(jobs.flags)
    files = crawl_files([str(stand_in.crawl)], tree.storage)
    with contextlib.redirect_stderr(io.StringIO()):  # progress, and warnings about the pages
        result = run(files, [str(stand_in.seed)], NO_BENCHMARKS, None, settings, tree, dry)
    if result.corpus is None:
        raise ValueError(f"the stand-in crawl ended early: {result.mined.stop.message}")
    return _named(dry.metrics, dry.graphs)


def _of_many_pairs(
    stand_in: StandIn, settings: Settings, tree: OutputTree, jobs: Jobs
) -> Iterator[JobGraph]:
    dry = _DryJobs(jobs.flags)
    with contextlib.redirect_stderr(io.StringIO()):
        files = crawl_files([str(stand_in.crawl)], tree.storage)
        pages = prepare(files, settings.prepare, tree, Jobs())
        deduplicate(pages, settings.dedup, tree, dry, max_pairs=0)
    first, *rounds = dry.metrics  # the first job finds the pairs, as in the run
    return _named([*rounds, first], dry.graphs[1:])


def _named(folders: Iterable[str], graphs: Iterable[JobGraph]) -> Iterator[JobGraph]:
    """Yield the graphs of jobs with their folders, which are in the same order."""
    for folder, graph in zip(folders, graphs, strict=True):
        yield replace(graph, folder=folder)


def _graph(build: Callable[[beam.Pipeline], object], jobs: Jobs, min_ram: str) -> JobGraph:
    options = jobs.options(min_ram)
    pipeline = beam.Pipeline(runner=create_runner(jobs.runner()), options=options)
    build(pipeline)
    if jobs.is_on_dataflow():
        pipeline.visit(DataflowRunner.combinefn_visitor())
        pipeline.visit(DataflowRunner.side_input_visitor(deterministic_key_coders=True))
        pipeline.visit(group_by_key_input_visitor(deterministic_key_coders=True))
    environment = _environment(options, jobs.is_on_dataflow())
    proto = pipeline.to_runner_api(default_environment=environment)
    transforms = proto.components.transforms
    [root] = proto.root_transform_ids
    [used] = _environments(proto)
    docker = used.urn == common_urns.environments.DOCKER.urn
    return JobGraph(
        folder="",
        steps=tuple(transforms[step].unique_name for step in transforms[root].subtransforms),
        transforms=sum(not step.subtransforms for step in transforms.values()),
        image=beam_runner_api_pb2.DockerPayload.FromString(used.payload).container_image
        if docker
        else "",
        min_ram=int(used.resource_hints.get(common_urns.resource_hints.MIN_RAM_BYTES.urn, b"0")),
    )


def _environments(
    pipeline: beam_runner_api_pb2.Pipeline,
) -> Iterator[beam_runner_api_pb2.Environment]:
    """Yield the environments that steps run in."""
    steps = pipeline.components.transforms.values()
    for name in {step.environment_id for step in steps if step.environment_id}:
        yield pipeline.components.environments[name]


def _environment(options: PipelineOptions, is_on_dataflow: bool) -> environments.Environment | None:
    """Return where workers run, as the runner would choose it; None for its own default."""
    if is_on_dataflow:
        return environments.DockerEnvironment.from_container_image(
            options.view_as(WorkerOptions).sdk_container_image
            or environments.DockerEnvironment.default_docker_image(),
            resource_hints=resource_hints_from_options(options),
        )
    portable = options.view_as(PortableOptions)
    return environments.Environment.from_options(portable) if portable.environment_type else None
