"""Start and stop a Flink cluster on this machine: JobManager, TaskManager, workers, job server."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.flink.downloads import fetch_flink, fetch_job_server, missing_programs
from infra.flink.processes import (
    ClusterError,
    Process,
    free_port,
    is_listening,
    launch,
    wait_for,
)

_STATE = "cluster.json"
_OPENED = ("java.lang", "java.net", "java.nio", "java.util", "sun.nio.ch")
_JAVA = (  # Java 17 closes these packages, which Flink's serializers need
    "java",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
)
# Workers outlive a step of a job, and its last by this long. Otherwise each step starts its own,
# for 4 s of imports: a job of 20 steps took 38 s instead of 7.
_WORKER_MILLISECONDS = 20_000
_HEAP_OF_SLOT = 1536  # MB: a slot holds all values of a key, up to 200,000 pages, several times
_ENTRY = "org.apache.flink.runtime"
# Preferred ports; another is taken if a process listens on one.
_PORTS = {
    "web": 8081,
    "manager": 6123,
    "worker": 50000,
    "job": 8099,
    "artifact": 8098,
    "expansion": 8097,
}
_JOB_SERVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its processes, in the order of their start, and its ports."""

    folder: str
    processes: tuple[Process, ...]
    rest: int
    job: int
    pool: int
    slots: int

    def flags(self) -> list[str]:
        """Return the flags of `mathmine` that run its jobs on the cluster."""
        return [
            "--runner=PortableRunner",
            f"--job_endpoint=localhost:{self.job}",
            "--environment_type=EXTERNAL",
            f"--environment_config=localhost:{self.pool}",
            f"--parallelism={self.slots}",
            f"--sdk_worker_parallelism={self.slots}",
            f"--environment_cache_millis={_WORKER_MILLISECONDS}",
        ]

    def process(self, name: str) -> Process:
        """Return the process of a name: jobmanager, taskmanager, workers or jobserver."""
        return next(process for process in self.processes if process.name == name)

    def stop(self) -> None:
        """End all processes of the cluster and their children."""
        for process in reversed(self.processes):
            process.end()
        Path(self.folder, _STATE).unlink(missing_ok=True)


def running_cluster(folder: Path) -> Cluster | None:
    """Return the cluster that was started in a folder and not stopped, dead or alive."""
    state = folder.resolve() / _STATE
    if not state.exists():
        return None
    fields = json.loads(state.read_text())
    processes = tuple(Process(**process) for process in fields.pop("processes"))
    return Cluster(processes=processes, **fields)


def start(folder: Path, downloads: Path, slots: int = 2) -> Cluster:
    """Start a cluster whose state and logs are in `folder`, and return it once it takes jobs.

    What is missing of Flink and of Beam's job server is fetched into `downloads` first. The workers
    run with this Python and its packages. Raises ClusterError if a program is missing, a cluster
    runs in the folder already, or a process ends.
    """
    folder = folder.resolve()
    if reason := missing_programs():
        raise ClusterError(reason)
    _end_remains(folder)
    flink, jar = fetch_flink(downloads), fetch_job_server(downloads)
    folder.mkdir(parents=True, exist_ok=True)
    cluster = _launch(folder, flink.resolve(), jar.resolve(), slots)
    try:
        _save(cluster)
        ready = {
            "jobmanager": lambda: _slots(cluster.rest) is not None,
            "taskmanager": lambda: _slots(cluster.rest) == slots,
            "workers": lambda: is_listening(cluster.pool),
            "jobserver": lambda: is_listening(cluster.job),
        }
        wait_for(ready, cluster.processes)
    except BaseException:  # also when a person stops waiting
        cluster.stop()
        raise
    return cluster


@contextmanager
def cluster_in(folder: Path, downloads: Path, slots: int = 2) -> Iterator[Cluster]:
    """Yield a cluster that runs while the block does."""
    cluster = start(folder, downloads, slots)
    try:
        yield cluster
    finally:
        cluster.stop()


def _end_remains(folder: Path) -> None:
    """End what is left of a cluster of which a process died; raise ClusterError if it runs."""
    left = running_cluster(folder)
    if left is None:
        return
    if all(process.is_running() for process in left.processes):
        raise ClusterError(f"a cluster runs in {folder} already: stop it first")
    left.stop()


def _save(cluster: Cluster) -> None:
    Path(cluster.folder, _STATE).write_text(json.dumps(asdict(cluster), indent=1))


def _launch(folder: Path, flink: Path, jar: Path, slots: int) -> Cluster:
    ports = {name: free_port(port, f"{name} port") for name, port in _PORTS.items()}
    (folder / "tmp").mkdir(exist_ok=True)
    # The pool starts workers as `python`, which must be this one.
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    processes = tuple(
        launch(name, command, folder / f"{name}.log", os.environ | {"PATH": path})
        for name, command in _commands(folder, flink, jar, slots, ports).items()
    )
    return Cluster(str(folder), processes, ports["web"], ports["job"], ports["worker"], slots)


def _commands(
    folder: Path, flink: Path, jar: Path, slots: int, ports: Mapping[str, int]
) -> dict[str, list[str]]:
    """Return the command line of each process, in the order in which they start."""
    configured = [f"--configDir={Path(__file__).parent}"]
    for key, value in {
        "rest.port": ports["web"],
        "jobmanager.rpc.address": "localhost",
        "jobmanager.rpc.port": ports["manager"],
        "taskmanager.numberOfTaskSlots": slots,
        "taskmanager.cpu.cores": slots,
        "taskmanager.memory.task.heap.size": f"{slots * _HEAP_OF_SLOT}m",
        "io.tmp.dirs": folder / "tmp",
    }.items():
        configured += ["-D", f"{key}={value}"]
    java = [*_JAVA, f"-Djava.io.tmpdir={folder / 'tmp'}"]
    flink_java = [*java, "-Dorg.apache.logging.log4j.level=INFO", "-cp", f"{flink}/*:{jar}"]
    return {
        "jobmanager": [
            *(*flink_java, "-Xmx800m", f"{_ENTRY}.entrypoint.StandaloneSessionClusterEntrypoint"),
            *(*configured, "--executionMode", "cluster"),
        ],
        "taskmanager": [
            *(*flink_java, f"-Xmx{slots * _HEAP_OF_SLOT + 128}m", "-XX:MaxDirectMemorySize=1g"),
            *(f"{_ENTRY}.taskexecutor.TaskManagerRunner", *configured),
        ],
        "workers": [
            *(sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main"),
            f"--service_port={ports['worker']}",
        ],
        "jobserver": [
            *(*java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Xmx1g"),
            *("-cp", str(jar), _JOB_SERVER, f"--flink-master=localhost:{ports['web']}"),
            *(f"--job-port={ports['job']}", f"--artifact-port={ports['artifact']}"),
            *(f"--expansion-port={ports['expansion']}", f"--artifacts-dir={folder / 'artifacts'}"),
        ],
    }


def _slots(rest: int) -> int | None:
    """Return the number of slots of all TaskManagers, None while Flink does not answer."""
    try:
        with urllib.request.urlopen(f"http://localhost:{rest}/overview", timeout=10) as answer:
            return int(json.load(answer)["slots-total"])
    except (OSError, ValueError, KeyError):  # it starts: connection refused, or a page of its own
        return None
