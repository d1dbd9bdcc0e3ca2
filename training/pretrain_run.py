"""Pretrain a language model on Parquet shards, from nothing or from a local model.

    python training/pretrain_run.py --config configs/pretrain_tiny_cpu.toml --out out/tiny
    torchrun --nproc-per-node 8 training/pretrain_run.py --config ... --out ...

Killed at any step, the same command goes on from the last checkpoint. docs/training.md tells more.
"""

import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, Python puts training/ first on the path. Put the project root there instead:
# its packages import without an install, and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from training.distribute import World  # noqa: E402
from training.find_files import find_files  # noqa: E402
from training.job import Job  # noqa: E402
from training.mix_sources import mix_sources  # noqa: E402
from training.run_script import run_script  # noqa: E402
from training.schedule import learning_rate  # noqa: E402
from training.settings import PretrainSettings  # noqa: E402
from training.tokens import load_tokenizer  # noqa: E402
from training.train_loop import train  # noqa: E402


def main(argv: list[str] | None = None) -> int:
    """Run what `argv` says and return the exit code."""
    return run_script(argv, __doc__, "configs/pretrain_*", PretrainSettings, _run)


def _run(settings: PretrainSettings, out: Path, world: World) -> Path:
    return train(pretrain_job(settings), out, world)


def pretrain_job(settings: PretrainSettings) -> Job:
    """Return what a run under these settings learns."""
    vocabulary = load_tokenizer(settings.tokenizer)
    lengths = [phase.tokens // settings.batch.tokens for phase in settings.phases]
    if not all(lengths):
        raise ValueError(f"a phase is shorter than one batch of {settings.batch.tokens} tokens")

    def rate(step: int) -> float:
        if not settings.optimizer.per_phase:
            return learning_rate(settings.optimizer, step, sum(lengths))
        phase = 0
        while phase + 1 < len(lengths) and step >= lengths[phase]:
            step, phase = step - lengths[phase], phase + 1
        return learning_rate(settings.optimizer, step, lengths[phase])

    return Job(
        stage="pretrain",
        settings=settings,
        inputs=_inputs(settings, vocabulary.encoder.to_str()),
        vocabulary=vocabulary,
        draw=lambda progress: mix_sources(
            settings.sources, settings.phases, vocabulary, settings.batch, progress
        ),
        steps=sum(lengths),
        rate=rate,
    )


def _inputs(settings: PretrainSettings, tokenizer: str) -> dict[str, Any]:
    """Return names and sizes of all files, and a digest of the tokenizer."""
    inputs: dict[str, Any] = {"tokenizer": blake2b(tokenizer.encode(), digest_size=8).hexdigest()}
    for source in settings.sources:
        files = find_files(source.files, [".parquet"])
        inputs[source.name] = {Path(one).name: Path(one).stat().st_size for one in files}
    return inputs


if __name__ == "__main__":
    sys.exit(main())
