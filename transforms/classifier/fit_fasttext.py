"""Fit a fastText classifier in a separate process, for reproducible models.

With one thread fastText 0.9.3 initialises only the first tenth of its input matrix and leaves the
rest uninitialised (`DenseMatrix::uniform`). In a process that has reused memory the rest is stale
data: no two models are equal, and some runs fail with "Encountered NaN". In a new process in which
glibc clears every allocation the rest is always zero. See docs/decisions/0005.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from schemas.errors import MathmineError
from schemas.settings import Classifier

# M_PERTURB of mallopt(3): new memory holds the complement of this byte.
_CLEARED_MEMORY = {"MALLOC_PERTURB_": "255"}


class FitError(MathmineError):
    """FastText failed to train on the lines."""


def fit_fasttext(lines: Path, model: Path, settings: Classifier) -> None:
    """Train on a file of `__label__NAME text` lines and save the model; raises FitError."""
    parameters = json.dumps(asdict(settings))
    command = [
        sys.executable,
        "-m",
        "transforms.classifier.fit_fasttext",
        str(lines),
        str(model),
        parameters,
    ]
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | _CLEARED_MEMORY | {"PYTHONPATH": root}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip() or f"exit status {result.returncode}").splitlines()[-1]
        raise FitError(f"fastText failed: {reason}; a lower learning_rate may help")


def _main(lines: str, model: str, parameters: str) -> None:
    import fasttext

    settings = Classifier(**json.loads(parameters))
    classifier = fasttext.train_supervised(
        lines,
        dim=settings.dimension,
        lr=settings.learning_rate,
        wordNgrams=settings.word_ngrams,
        minCount=settings.min_count,
        epoch=settings.epochs,
        bucket=settings.buckets,
        thread=settings.threads,
        verbose=0,
    )
    classifier.save_model(model)


if __name__ == "__main__":
    _main(*sys.argv[1:])
