"""Fetch Flink and Beam's job server for it from PyPI and Maven, by their ordinary clients."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.flink.processes import ClusterError

FLINK_VERSION = "1.19.3"
BEAM_VERSION = "2.77.0"
_READY_JAR = (
    f"org.apache.beam:beam-runners-flink-{FLINK_VERSION.rpartition('.')[0]}-job-server"
    f":{BEAM_VERSION}"
)
_POM = Path(__file__).with_name("pom.xml")


def missing_programs() -> str | None:
    """Return what the cluster cannot start without on this machine, None if there is all."""
    for program, package in (("java", "openjdk-17-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            return f"no `{program}` on the PATH: apt-get install {package}"
    return None


def fetch_flink(folder: Path) -> Path:
    """Return the folder of Flink's jars, fetched into `folder` if they are not there: 230 MB."""
    home = folder / f"flink-{FLINK_VERSION}"
    if not home.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            package = f"apache-flink-libraries=={FLINK_VERSION}"
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            _fetch([*pip, "--no-binary=:all:", "--dest", temporary, package], package)
            (archive,) = Path(temporary).glob("*.tar.gz")
            with tarfile.open(archive) as files:
                files.extractall(temporary, filter="data")
            (unpacked,) = Path(temporary).glob("apache*/deps/lib")
            unpacked.rename(home)
    return home


def fetch_job_server(folder: Path) -> Path:
    """Return Beam's job server as one jar, fetched into `folder` or built there: 160 MB.

    Some Maven indexes lack the ready jar; `pom.xml` then builds one from its parts.
    """
    jar = folder / f"beam-flink-job-server-{BEAM_VERSION}.jar"
    if not jar.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            made = _ready_jar(Path(temporary)) or _built_jar(Path(temporary))
            made.rename(jar)
    return jar


def _ready_jar(folder: Path) -> Path | None:
    """Return the jar that Beam publishes, or None if this machine's Maven index lacks it."""
    copy = ["dependency:copy", f"-Dartifact={_READY_JAR}", f"-DoutputDirectory={folder}"]
    subprocess.run(["mvn", "-B", "-q", *copy], capture_output=True, check=False)
    return next(folder.glob("*.jar"), None)


def _built_jar(folder: Path) -> Path:
    shutil.copy(_POM, folder)
    _fetch(["mvn", "-B", "-q", "-f", str(folder / _POM.name), "package"], _POM.name)
    return folder / "target" / "beam-flink-job-server.jar"


def _fetch(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[:3]
        raise ClusterError(f"cannot fetch {what}: {' '.join(reason)}")
