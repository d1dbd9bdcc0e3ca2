"""Fine-tune a model on questions with worked answers; the loss is on the answers.

    python training/sft_run.py --config configs/sft.toml --out out/sft --set model.path=MODEL

After a kill, the same command resumes from the last checkpoint; Ctrl-C writes one first. See
docs/training.md.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
# Python puts the directory of a script first on sys.path. Put the project root there instead, so
# that its packages import without an install and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from training.run.script import run_script  # noqa: E402
from training.settings.pretrain import SftSettings  # noqa: E402

if TYPE_CHECKING:
    from training.run.distributed import World


def main(argv: list[str] | None = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    return run_script(argv, __doc__, "configs/sft.toml", SftSettings, _run)


def _run(settings: SftSettings, out: Path, world: "World") -> Path:
    from training.trainer.job import sft_job
    from training.trainer.loop import train

    return train(sft_job(settings), out, world)


if __name__ == "__main__":
    sys.exit(main())
