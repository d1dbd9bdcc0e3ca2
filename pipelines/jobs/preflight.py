"""Check, before the first job on a remote runner, that a worker can do the work."""

import inspect
import pickle
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PortableOptions
from apache_beam.transforms import environments
from packaging.requirements import Requirement

from pipelines.beam_runner import Jobs
from pipelines.jobs import worker_probe
from pipelines.jobs.code_version import code_version
from pipelines.jobs.worker_probe import (
    ANSWER,
    QUESTION,
    SHARED_FOLDER,
    Probe,
    python_version,
    version_of,
)
from pipelines.progress import progress
from pipelines.user_errors import exception_in
from schemas.errors import InputError, RunnerError
from transforms.storage.output_tree import OutputTree

_CONNECT_SECONDS = 30.0
_TRANSFORMS = Path(__file__).resolve().parents[2] / "transforms"


def check_workers(tree: OutputTree, jobs: Jobs) -> None:
    """Run a tiny job on a remote runner, once for each output folder.

    A worker compares its versions of Python, mathmine and the packages that the stages need with
    those of this process, imports the stages, and reads and writes files of `tree`. Raises
    InputError, which says what is missing, and RunnerError if the runner does not answer.
    """
    if jobs.is_local() or jobs.is_template() or tree.folder in jobs.checked:
        return
    _check_job_server(jobs.view_as(PortableOptions).job_endpoint)
    token = secrets.token_hex(8).encode()
    tree.write(QUESTION, token)
    try:
        with progress("preflight", 1, lambda: int(tree.exists(ANSWER))):
            _run_probe(tree, jobs)
        if not tree.exists(ANSWER) or tree.read(ANSWER) != token:
            raise InputError(
                f"--out {tree.folder}: what a worker writes is not here; {SHARED_FOLDER}"
            )
    finally:
        for file in (QUESTION, ANSWER):
            if tree.exists(file):
                tree.storage.remove(tree.at(file))
    jobs.checked.add(tree.folder)


def _run_probe(tree: OutputTree, jobs: Jobs) -> None:
    modules = [
        ".".join(path.relative_to(_TRANSFORMS.parent).with_suffix("").parts)
        for path in sorted(_TRANSFORMS.rglob("*.py"))
    ]
    probe = Probe(
        inspect.getsource(worker_probe),
        pickle.dumps(tree),
        jobs.runner(),
        python_version(),
        code_version(),
        _packages(),
        modules,
    )
    with _no_check_of_beam(jobs.runner()), _in_one_line(jobs.runner()):
        jobs.run(lambda pipeline: pipeline | beam.Impulse() | "Probe" >> beam.ParDo(probe))


@contextmanager
def _no_check_of_beam(runner: str) -> Iterator[None]:
    """Patch Beam, while the block runs, not to compare its versions before `Probe` does.

    A worker of Flink fails that check where the runner does not look: it waits for three minutes,
    and then reports that it has waited.
    """
    original = environments.sdk_base_version_capability
    if "Dataflow" not in runner:  # which checks the version itself, when a job is submitted
        environments.sdk_base_version_capability = lambda: "mathmine:preflight"
    try:
        yield
    finally:
        environments.sdk_base_version_capability = original


@contextmanager
def _in_one_line(runner: str) -> Iterator[None]:
    """Raise InputError for an error of the job, which Beam reports with all its tracebacks."""
    try:
        yield
    except RuntimeError as error:
        reason = exception_in(str(error))
        raise InputError(f"--runner {runner}: a worker failed: {reason}") from error
    except RunnerError as error:
        if "SettableFuture" not in str(error):
            raise
        reason = "a worker ended when it should have started its work: its log says why"
        raise RunnerError(f"--runner {runner}: {reason}") from error


def _packages() -> list[tuple[str, str]]:
    """Return mathmine and the packages that mining needs, with their versions in this process."""
    requirements = map(Requirement, metadata.requires("mathmine") or [])
    names = ["mathmine", *(item.name for item in requirements if _is_for_mining(item))]
    return [(name, version) for name in names if (version := version_of(name))]


def _is_for_mining(requirement: Requirement) -> bool:
    return bool(requirement.marker and requirement.marker.evaluate({"extra": "mine"}))


def _check_job_server(endpoint: str | None) -> None:
    """Raise RunnerError if nothing listens at the endpoint: Beam would wait for five minutes."""
    host, _, port = (endpoint or "").rpartition(":")
    if not host or not port.isdigit():
        return  # none, or one in this process
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or error
        raise RunnerError(f"--job_endpoint {endpoint}: {reason}; start the job server") from error
