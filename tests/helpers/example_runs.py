"""Run the whole example on a runner, and measure what it costs."""

import hashlib
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ExampleRun:
    """A run of the example: its exit status, what it printed, and what it cost.

    `cpu_seconds` are those of the command and its children alone.
    """

    out: Path
    status: int
    printed: str
    errors: str
    wall_seconds: float
    cpu_seconds: float

    def jobs(self) -> list[str]:
        """Names of the Beam jobs that ran, in order."""
        return re.findall(r"^(\S+): [\d.]+ s$", self.errors, re.M)

    def files(self) -> dict[str, str]:
        """SHA-256 of every file of the output folder, by path."""
        return {
            path.relative_to(self.out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }


def example_command(out, flags=()):
    """The command of `make example`, with another output folder and more flags."""
    inputs = ["--crawl", "examples/crawl", "--seed", "examples/seed.jsonl"]
    inputs += ["--benchmarks", "examples/benchmarks", "--out", str(out)]
    run = [sys.executable, "-m", "pipelines", "run", "--config", "configs/example.toml"]
    return [*run, *inputs, *flags]


def run_example(out, flags=()):
    """Run the example to its end."""
    started, logs = time.monotonic(), (out.with_suffix(".out"), out.with_suffix(".err"))
    with logs[0].open("w") as printed, logs[1].open("w") as errors:
        command = example_command(out, flags)
        process = subprocess.Popen(command, cwd=ROOT, stdout=printed, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    cpu = usage.ru_utime + usage.ru_stime
    process.returncode = os.waitstatus_to_exitcode(status)
    return ExampleRun(out, process.returncode, *(log.read_text() for log in logs), wall, cpu)


def cpu_seconds(cluster):
    """CPU time of all processes of a cluster so far, with that of workers that have ended."""
    groups, ticks = {process.pid for process in cluster.processes}, 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) in groups:
            own, of_children = fields[11:13], fields[13:15]
            leads = int(stat.parent.name) in groups
            ticks += sum(map(int, [*own, *(of_children if leads else ())]))
    return ticks / _TICKS
