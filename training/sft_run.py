"""Fine-tune a model on questions with worked answers; what is learnt is the answers.

    python training/sft_run.py --config configs/sft.toml --out out/sft --set model.path=MODEL

Killed at any step, the same command goes on from the last checkpoint. docs/training.md tells more.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, Python puts training/ first on the path. Put the project root there instead:
# its packages import without an install, and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from training.run.distributed import World  # noqa: E402
from training.run.script import run_script  # noqa: E402
from training.settings.pretrain import SftSettings  # noqa: E402
from training.trainer.job import sft_job  # noqa: E402
from training.trainer.loop import train  # noqa: E402


def main(argv: list[str] | None = None) -> int:
    """Run what `argv` says and return the exit code."""
    return run_script(argv, __doc__, "configs/sft.toml", SftSettings, _run)


def _run(settings: SftSettings, out: Path, world: World) -> Path:
    return train(sft_job(settings), out, world)


if __name__ == "__main__":
    sys.exit(main())
