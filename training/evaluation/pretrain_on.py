"""Train on one folder of Parquet shards by `pretrain_run.py` and a config of it."""

import json
from collections.abc import Sequence
from pathlib import Path

from training.evaluation.compare_corpora import Train, Trained


def pretrain_by(config: Path, overrides: Sequence[str]) -> Train:
    """Return a function that trains as `config` says, with `overrides`, on a corpus of its own.

    The corpus takes the place of the config's first source, and the run watches the held-out
    text; its bits per byte are read from the run's log. The function raises RuntimeError where
    training ends in an error.
    """
    from training.pretrain_run import main as pretrain

    def train(folder: Path, held_out: Path, out: Path, seed: int) -> Trained:
        told = [*overrides, f"run.seed={seed}", f"batch.seed={seed}"]
        told += [f"sources.0.files={json.dumps(str(folder))}"]
        told += [f"run.held_out={json.dumps(str(held_out))}"]
        flags = [flag for one in told for flag in ("--set", one)]
        if code := pretrain(["--config", str(config), "--out", str(out), *flags]):
            raise RuntimeError(f"pretraining on {folder} ended with exit code {code}")
        lines = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
        steps = [one for one in map(json.loads, lines) if "held_out_bits_per_byte" in one]
        curve = tuple((one["step"] + 1, one["held_out_bits_per_byte"]) for one in steps)
        return Trained(out / "model", curve)

    return train
