"""The program of a flex template: a command of mathmine with the parameters as flags.

MATHMINE_STAGE, in the template's image, names the command, and MATHMINE_WORKER the image of the
workers: without it they would have that of Beam, which lacks mathmine. The launcher of Dataflow
calls this with `--NAME=VALUE` for each parameter, and takes over the one job that it stages.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.__main__ import main

SEVERAL = ("crawl", "seed", "against", "judged")  # flags whose parameters have several values
SWITCHES = ("break-lock", "no-wait")


def arguments(stage: str, worker: str, parameters: Sequence[str]) -> list[str]:
    """Return the words of the command; values of a flag that takes several are divided at commas.

    A parameter `sdk_container_image` takes precedence over the image `worker`.

    >>> arguments("prepare", "r/worker", ["--crawl=gs://a,gs://b"])
    ['prepare', '--sdk_container_image=r/worker', '--crawl=gs://a', '--crawl=gs://b']
    """
    words = (word for parameter in parameters for word in _words(parameter))
    return [stage, f"--sdk_container_image={worker}", *words]


def _words(parameter: str) -> Iterator[str]:
    name, _, value = parameter.removeprefix("--").partition("=")
    if name in SEVERAL:
        yield from (f"--{name}={each}" for each in value.split(","))
    elif name in SWITCHES:
        yield from [f"--{name}"] if value.lower() == "true" else []
    elif name == "config" and "://" in value:
        yield f"--config={_fetch(value)}"
    else:
        yield parameter


def _fetch(url: str) -> str:
    """Return the path of a local copy of a file."""
    from transforms.storage.files import Storage

    path = Path(tempfile.mkdtemp(), "settings.toml")
    path.write_bytes(Storage().read(url))
    return str(path)


if __name__ == "__main__":
    stage, worker = os.environ["MATHMINE_STAGE"], os.environ["MATHMINE_WORKER"]
    sys.exit(main(arguments(stage, worker, sys.argv[1:])))
