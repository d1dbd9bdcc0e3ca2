"""Start or stop a Flink cluster: `python -m infra.flink start build/flink`, then `stop`."""

import argparse
import sys
from pathlib import Path

from infra.flink.cluster import running_cluster, start
from infra.flink.processes import ClusterError


def main() -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser("python -m infra.flink", description=__doc__)
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("folder", type=Path, help="state, logs and downloads (400 MB)")
    parser.add_argument("--slots", type=int, default=2, help="workers, one per core (default 2)")
    args = parser.parse_args()
    try:
        return _start(args.folder, args.slots) if args.action == "start" else _stop(args.folder)
    except ClusterError as error:
        print(f"infra.flink: {error}", file=sys.stderr)
        return 1


def _start(folder: Path, slots: int) -> int:
    cluster = start(folder, folder / "downloads", slots)
    flags = folder / "flags"
    flags.write_text(" ".join(cluster.flags()) + "\n")
    print(f"Flink: http://localhost:{cluster.rest}")
    print(f"mathmine run ... $(cat {flags})")
    return 0


def _stop(folder: Path) -> int:
    cluster = running_cluster(folder)
    if cluster is None:
        print(f"no cluster runs in {folder}", file=sys.stderr)
        return 0
    cluster.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
