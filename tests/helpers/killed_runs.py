"""What tests of killed runs have in common: making the runs, and comparing two of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]


def make_runs(script, config, folder, runs):
    """Return what `kill_runs.py` prints, read: what all runs end with, and the last exit code."""
    command = [sys.executable, "-m", "tests.helpers.kill_runs", script, str(config)]
    done = subprocess.run(
        [*command, str(folder), json.dumps(runs)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def largest_difference(run, other):
    """Return that of any weight of the models that two runs left in their folders."""
    ours, theirs = (load_file(one / "model" / "model.safetensors") for one in (run, other))
    assert ours.keys() == theirs.keys()
    return max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
