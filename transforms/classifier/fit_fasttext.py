"""Fit a fastText classifier in a separate process, for reproducible models, and score texts.

With one thread fastText 0.9.3 initialises only the first tenth of its input matrix and leaves the
rest uninitialised (`DenseMatrix::uniform`). In a process that has reused memory the rest is stale
data: no two models are equal, and some runs fail with "Encountered NaN". In a new process in which
glibc clears every allocation the rest is always zero. See docs/decisions/0005.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schemas.errors import MathmineError
from schemas.settings import Classifier

# M_PERTURB of mallopt(3): new memory holds the complement of this byte.
_CLEARED_MEMORY = {"MALLOC_PERTURB_": "255"}
_PROCESS = "transforms.classifier.fit_process"


class FitError(MathmineError):
    """FastText failed to train on the lines."""


def fit_fasttext(
    lines: Path, model: Path | None, settings: Classifier, scored: Path | None = None
) -> NDArray[np.float32]:
    """Train on a file of `__label__NAME text` lines and save the model; raises FitError.

    Return the probabilities that the lines of the file `scored` are mathematics. Without a `model`
    nothing is saved. `settings` have epochs and a learning rate.
    """
    parameters = json.dumps(asdict(settings))
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | _CLEARED_MEMORY | {"PYTHONPATH": root}
    with tempfile.TemporaryDirectory() as folder:
        scores = Path(folder, "scores.npy")
        names = [str(lines), str(model or ""), str(scored or os.devnull), str(scores)]
        command = [sys.executable, "-m", _PROCESS, *names, parameters]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            raise FitError(f"fastText failed: {reason}; a lower learning_rate may help")
        probabilities: NDArray[np.float32] = np.load(scores)
    return probabilities
