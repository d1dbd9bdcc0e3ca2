"""A small run of all stages that is killed at a random moment, and resumed."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.pipelines.test_dataset import SETTINGS
from tests.pipelines.test_run import digests

EXAMPLES = ROOT / "examples"
PROCESSES = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")
_LONGEST_DELAY = 0.4  # seconds between the file that a kill waits for and the kill


def command(folder, flags=(), out=None, crawl=EXAMPLES / "crawl/example-2026-01-00000.warc.gz"):
    """The command that mines one WARC file of the example."""
    config = folder / "c.toml"
    config.write_text(SETTINGS)
    return [
        *(sys.executable, "-m", "pipelines", "run", "--config", str(config)),
        *("--crawl", str(crawl)),
        *("--seed", str(EXAMPLES / "seed.jsonl"), "--benchmarks", str(EXAMPLES / "benchmarks")),
        *("--out", str(out or folder / "out"), *flags),
    ]


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit status (minus the signal), and what it wrote on stderr."""

    status: int
    errors: str


def run(words, env=None):
    """Run a command to its end, in a process group of its own."""
    done = subprocess.run(
        words,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        env=os.environ | (env or {}),
    )
    return Ended(done.returncode, done.stderr)


def contents(out):
    """Digests of all files that a run determines: times of change of the crawl differ."""
    return {path: digest for path, digest in digests(out).items() if "_INPUTS" not in path}


def number_of_files(out):
    return sum(path.suffix != ".tmp" for path in out.rglob("*") if path.is_file())


def kill_at_random(words, out, files, rng, kill):
    """Start a command, and call `kill(process)` at a random moment; return how it ended.

    The moment is shortly after a random one of the `files` that a whole run writes has appeared, so
    that all stages are hit, however fast the machine is.
    """
    moment, delay = rng.randrange(1, files), rng.uniform(0, _LONGEST_DELAY)
    with open(os.devnull, "w") as nowhere, (out.parent / "errors.txt").open("w+") as errors:
        process = subprocess.Popen(
            words, cwd=ROOT, stdout=nowhere, stderr=errors, start_new_session=True
        )
        while number_of_files(out) < moment and process.poll() is None:
            time.sleep(0.003)
        time.sleep(delay)
        kill(process)
        process.wait(timeout=600)
        errors.seek(0)
        return Ended(process.returncode, errors.read())


def kill_all(process):
    """Kill a command and all its processes."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def kill_worker(process):
    """Kill one worker process of a command, if it has any at that moment."""
    workers = [
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if _group(stat) == process.pid and b"beam_worker" in _words(stat.parent)
    ]
    if workers:
        os.kill(random.choice(workers), signal.SIGKILL)


def kill_flink_worker(_):
    """Kill one Python worker of a Flink cluster on this machine, if there is any."""
    workers = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if b"sdk_worker_main" in _words(folder)
    ]
    if workers:
        os.kill(random.choice(workers), signal.SIGKILL)


def _group(stat):
    try:
        return int(stat.read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0


def _words(folder):
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""
