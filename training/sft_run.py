"""Fine-tune a model on questions with worked answers; what is learnt is the answers.

    python training/sft_run.py --config configs/sft.toml --out out/sft --set model.path=MODEL

Killed at any step, the same command goes on from the last checkpoint. docs/training.md tells more.
"""

import sys
from hashlib import blake2b
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, Python puts training/ first on the path. Put the project root there instead:
# its packages import without an install, and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from schemas.benchmarks import SUFFIXES  # noqa: E402
from training.distribute import World  # noqa: E402
from training.find_files import find_files  # noqa: E402
from training.job import Job  # noqa: E402
from training.read_examples import read_examples  # noqa: E402
from training.run_script import run_script  # noqa: E402
from training.schedule import learning_rate  # noqa: E402
from training.settings import SftSettings  # noqa: E402
from training.tokens import load_tokenizer  # noqa: E402
from training.train_loop import train  # noqa: E402


def main(argv: list[str] | None = None) -> int:
    """Run what `argv` says and return the exit code."""
    return run_script(argv, __doc__, "configs/sft.toml", SftSettings, _run)


def _run(settings: SftSettings, out: Path, world: World) -> Path:
    return train(sft_job(settings), out, world)


def sft_job(settings: SftSettings) -> Job:
    """Return what a run under these settings learns."""
    vocabulary = load_tokenizer(settings.tokenizer)
    files = find_files(settings.examples.files, SUFFIXES)
    tokenizer = blake2b(vocabulary.encoder.to_str().encode(), digest_size=8).hexdigest()
    batch = settings.batch
    return Job(
        stage="sft",
        settings=settings,
        inputs={"tokenizer": tokenizer}
        | {Path(one).name: Path(one).stat().st_size for one in files},
        vocabulary=vocabulary,
        draw=lambda progress: read_examples(
            settings.examples, vocabulary, batch.context, batch.seed, progress
        ),
        steps=settings.steps,
        rate=lambda step: learning_rate(settings.optimizer, step, settings.steps),
    )


if __name__ == "__main__":
    sys.exit(main())
