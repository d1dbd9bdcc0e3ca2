"""What a worker runs before the first job of a command.

This file is sent to it as text, so it needs nothing but Python and Beam there.
"""

import importlib
import pickle
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import NoReturn

import apache_beam as beam

QUESTION, ANSWER = "_PREFLIGHT", "_PREFLIGHT_ANSWER"
SAME_VERSIONS = "install the same version of mathmine there, with -c constraints.txt"
SHARED_FOLDER = "name a folder that all workers see, or an object store (s3://, gs://)"


def python_version() -> str:
    """Return the version of Python as far as it has to be the same: `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


class Probe(beam.DoFn):
    """Compare a worker with the process that submits the jobs, and answer in --out.

    `source` is the text of this file, `tree` the pickled output tree, `packages` are names and
    versions, `code` is the version of the source files, `modules` are those to import. Raises an
    InputError that says in one line what is wrong.
    """

    def __init__(
        self,
        source: str,
        tree: bytes,
        runner: str,
        python: str,
        code: str,
        packages: Sequence[tuple[str, str]],
        modules: Sequence[str],
    ) -> None:
        self.sent = (source, tree, runner, python, code, packages, modules)
        self.tree, self.runner, self.python, self.code = tree, runner, python, code
        self.packages, self.modules = packages, modules

    def __reduce__(self) -> tuple[object, ...]:
        """Send the text of this file: a worker may lack it, and read no other Python's bytecode."""
        return eval, ("exec(sent[0], globals()) or Probe(*sent)", {"sent": self.sent})

    def process(self, _: bytes) -> None:
        """Check this worker."""
        if problems := "; ".join(self._problems()):
            _refuse(f"--runner {self.runner}: a worker {problems}; {SAME_VERSIONS}")
        tree = pickle.loads(self.tree)
        try:
            content = tree.read(QUESTION)
        except OSError:
            _refuse(f"--out {tree.folder}: a worker does not find it; {SHARED_FOLDER}")
        try:
            tree.write(ANSWER, content)
        except OSError as error:
            _refuse(f"--out {tree.folder}: a worker cannot write to it ({error}); {SHARED_FOLDER}")

    def _problems(self) -> Iterator[str]:
        """Yield what this worker lacks, what has another version, and what cannot be imported."""
        versions = {name: version_of(name) for name, _ in self.packages}
        if lacks := [name for name, version in versions.items() if not version]:
            yield f"lacks {', '.join(lacks)}"
        versions["Python"] = python_version()
        differ = [
            f"{name} {versions[name]} instead of {version}"
            for name, version in [("Python", self.python), *self.packages]
            if versions[name] not in ("", version)
        ]
        if differ:
            yield f"has {', '.join(differ)}"
        if not lacks:
            yield from _import_problems(self.code, self.modules)


def _refuse(problem: str) -> NoReturn:
    """Raise what Beam reports by the name of our InputError, which this worker may not have."""
    raise type("InputError", (Exception,), {"__module__": "schemas.errors"})(problem)


def _import_problems(code: str, modules: Sequence[str]) -> Iterator[str]:
    try:
        for name in modules:
            importlib.import_module(name)
        has = importlib.import_module("pipelines.jobs.code_version").code_version()
    except ImportError as error:
        yield f"cannot import what the stages need: {error}"
        return
    if has != code:
        yield f"has other source files: mathmine {has} instead of {code}"


def version_of(package: str) -> str:
    """Return the version of an installed package, "" if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
