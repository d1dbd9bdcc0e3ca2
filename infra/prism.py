"""Fetch Prism, Beam's portable runner in Go, which runs on one machine."""

import os
import shutil
import subprocess
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.prism_runner import PrismJobServer

from infra.flink.processes import ClusterError

BEAM_VERSION = "2.77.0"
_PACKAGE = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{BEAM_VERSION}"


def fetch_prism(folder: Path) -> Path:
    """Return the program, built into `folder` if it is not there (1 min 20 s on two cores).

    Without Go, Beam downloads it from its releases. Raises ClusterError if it can be had by
    neither, for lack of an index for example.
    """
    program = folder / f"prism-{BEAM_VERSION}"
    if program.exists():
        return program.resolve()
    if shutil.which("go") is None:
        return _downloaded()
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"GOBIN": str(folder.resolve())}
    done = subprocess.run(
        ["go", "install", _PACKAGE], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ClusterError(f"cannot build {_PACKAGE}: {done.stderr.strip().splitlines()[-1]}")
    return (folder / "prism").rename(program).resolve()


def _downloaded() -> Path:
    source = PrismJobServer(PipelineOptions([])).path_to_binary()
    try:
        return Path(PrismJobServer.local_bin(source))
    except (RuntimeError, OSError) as error:
        raise ClusterError(f"no `go` on the PATH to build Prism, and {error}") from error
