"""Make runs that are killed and resumed, and compare two of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]


def make_runs(script, config, folder, runs):
    """Return what `kill_runs.py` prints: the outcomes of all runs, and the last exit code."""
    command = [sys.executable, "-m", "tests.helpers.kill_runs", script, str(config)]
    process = subprocess.run(
        [*command, str(folder), json.dumps(runs)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in process.stdout.splitlines()]


def largest_difference(run, other):
    """Return the largest difference of any weight between the final models of two runs."""
    ours, theirs = (load_file(out / "model" / "model.safetensors") for out in (run, other))
    assert ours.keys() == theirs.keys()
    return max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
