"""Kill runs of the example with SIGKILL, resume them, and compare every byte with a run that ended.

    pip install -c constraints.txt -e ".[mine]"
    python benchmarks/kills.py

Run number i of n is killed when i/n of the output's files exist, so that kills are spread over all
stages: in every other run the workers are killed with the driver, in the others it dies alone. Only
reports and lists of shards, which are notes of a job, are not compared.
"""

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODES = {
    "in_memory": ("--direct_running_mode=in_memory",),
    "multi_processing": ("--direct_running_mode=multi_processing", "--direct_num_workers=2"),
}


def start(out: Path, mode: str) -> subprocess.Popen[bytes]:
    """Start a run of the example in a session of its own."""
    examples = ROOT / "examples"
    inputs = {"config": ROOT / "configs" / "example.toml", "crawl": examples / "crawl"}
    inputs |= {"seed": examples / "seed.jsonl", "benchmarks": examples / "benchmarks", "out": out}
    words = [word for name, value in inputs.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "pipelines", "run", *words, *MODES[mode]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **quiet)


def files(out: Path) -> list[Path]:
    """Return the finished files of an output folder."""
    return [path for path in out.rglob("[!.]*") if path.is_file()]


def digests(out: Path) -> dict[str, str]:
    """Return the digests of all files but the notes of jobs, by path."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files(out)
        if not path.name.startswith(("_report", "_items", "_LOCK"))
    }


def kill_when(process: subprocess.Popen[bytes], out: Path, count: int, with_workers: bool) -> bool:
    """Kill a run when it has written `count` files; return whether it was still running."""
    while process.poll() is None and len(files(out)) < count:
        time.sleep(0.01)
    if process.poll() is not None:
        return False
    if with_workers:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    return process.wait() == -signal.SIGKILL


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="in each mode")
    parser.add_argument("--modes", nargs="*", choices=MODES, default=list(MODES))
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole")
        if start(whole, "in_memory").wait():
            raise SystemExit("the example does not run")
        expected, total = digests(whole), len(files(whole))
        for mode in args.modes:
            same = 0
            for number in range(args.kills):
                out = Path(folder, f"{mode}-{number}")
                count = max(1, total * number // args.kills)
                killed = kill_when(start(out, mode), out, count, number % 2 == 0)
                equal = killed and start(out, mode).wait() == 0 and digests(out) == expected
                same += equal
                print(f"{mode}, at file {count} of {total}: {equal}", file=sys.stderr, flush=True)
            print(f"{mode}: {same} of {args.kills} runs were killed and ended with the same bytes")
            failed += same < args.kills
    return failed


if __name__ == "__main__":
    sys.exit(main())
