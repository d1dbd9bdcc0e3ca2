"""Train a policy on problems with verifiable answers: GRPO and related methods.

    python training/grpo_run.py
    python training/grpo_run.py --config configs/grpo_paper.toml --out out/rl --set model.path=MODEL
    torchrun --nproc-per-node 8 training/grpo_run.py --config ... --out ...

After a kill, the same command resumes from the last checkpoint; Ctrl-C writes one first. See
docs/rl.md.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
# Python puts the directory of a script first on sys.path. Put the project root there instead, so
# that its packages import without an install and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from training.run.script import run_script  # noqa: E402
from training.settings.grpo import GrpoSettings  # noqa: E402

if TYPE_CHECKING:
    from training.run.distributed import World


def main(argv: list[str] | None = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    config, out = ROOT / "configs" / "grpo.toml", Path("out/grpo")
    return run_script(argv, __doc__, "configs/grpo*", GrpoSettings, _run, config, out)


def _run(settings: GrpoSettings, out: Path, world: "World") -> Path:
    from training.rl.loop import train_grpo

    return train_grpo(settings, out, world)


if __name__ == "__main__":
    sys.exit(main())
