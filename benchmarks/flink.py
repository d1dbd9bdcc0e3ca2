"""Measure `dedup` of synthetic pages on a Flink cluster of this machine: memory, CPU and time.

    pip install -c constraints.txt -e ".[mine]"
    python benchmarks/flink.py --pages 500000 1000000 2000000

Pages are those of `benchmarks/dedup.py`, without text: ids, URLs, digests, bands and sketches. The
sidecars of the smallest crawl are compared with those of the in-memory runner. Memory is the peak
of the largest Python worker and of the TaskManager, whose own is bounded by its settings; a page
takes 1.4 kB on the disk, and as much again while it is shuffled.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from benchmarks.dedup import write_synthetic  # noqa: E402
from infra.flink.cluster import Cluster, cluster_in  # noqa: E402
from pipelines.beam_runner import Jobs  # noqa: E402
from pipelines.progress import table  # noqa: E402
from pipelines.stages.dedup import deduplicate  # noqa: E402
from schemas.manifest import Manifest  # noqa: E402
from schemas.settings import Dedup  # noqa: E402
from transforms.storage.output_tree import OutputTree  # noqa: E402

_TICKS = os.sysconf("SC_CLK_TCK")


class Usage:
    """Peak memory in MB and CPU seconds of the processes of a cluster, read every second."""

    def __init__(self, cluster: Cluster) -> None:
        self.worker = self.taskmanager = 0
        self._pool = cluster.process("workers").pid
        self._manager = cluster.process("taskmanager").pid
        self._groups = {process.pid for process in cluster.processes}
        self._cpu: dict[int, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Usage":
        self._read()
        self._before = self.cpu()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._read()

    def cpu(self) -> float:
        """CPU seconds of all processes that were seen."""
        return sum(self._cpu.values()) / _TICKS

    def used(self) -> float:
        """CPU seconds since the block began."""
        return self.cpu() - self._before

    def _watch(self) -> None:
        while not self._ended.wait(1):
            self._read()

    def _read(self) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                status = (folder / "status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            pid, group = int(folder.name), int(fields[2])
            if group in self._groups and "VmHWM:" in status:
                self._cpu[pid] = int(fields[11]) + int(fields[12])
                megabytes = int(status.partition("VmHWM:")[2].split()[0]) // 1024
                if pid == self._manager:
                    self.taskmanager = max(self.taskmanager, megabytes)
                elif group == self._pool and pid != self._pool:
                    self.worker = max(self.worker, megabytes)


def measure(pages: Manifest, folder: str, cluster: Cluster) -> list[str]:
    """Run the stage on the cluster; return a row of figures."""
    jobs = Jobs(tuple(cluster.flags()))
    started = time.monotonic()
    with Usage(cluster) as usage:
        copies = deduplicate(pages, Dedup(), OutputTree(folder, jobs.storage), jobs)
    wall = time.monotonic() - started
    return [
        f"{pages.counters['pages']:,}",
        f"{copies.counters['kept']:,}",
        f"{wall:.0f}",
        f"{usage.used():.0f}",
        f"{usage.worker:,}",
        f"{usage.taskmanager:,}",
    ]


def same_labels(pages: Manifest, folder: str) -> bool:
    """Whether the in-memory runner writes the sidecars that are in `folder`."""
    jobs = Jobs(("--direct_running_mode=in_memory",))
    with tempfile.TemporaryDirectory() as other:
        Path(other, "pages").symlink_to(Path(folder, "pages"))
        copies = deduplicate(pages, Dedup(), OutputTree(other, jobs.storage), jobs)
        return all(
            Path(folder, file.path).read_bytes() == Path(other, file.path).read_bytes()
            for file in copies.outputs
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, nargs="+", default=[500_000, 1_000_000, 2_000_000])
    parser.add_argument("--downloads", type=Path, default=ROOT / "build" / "runners")
    parser.add_argument("--folder", help="where the pages and the shuffled data are written")
    args = parser.parse_args()
    heading = ["pages", "kept", "wall s", "CPU s", "largest worker MB", "TaskManager MB"]
    rows, is_same = [], None
    for pages in sorted(args.pages):
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            manifest = write_synthetic(folder, pages)
            with cluster_in(Path(folder, "cluster"), args.downloads) as cluster:
                rows.append(measure(manifest, folder, cluster))
            print(table([heading, *rows]), flush=True)
            if is_same is None:
                is_same = same_labels(manifest, folder)
                print(f"same sidecars as in memory: {is_same}", flush=True)


if __name__ == "__main__":
    main()
