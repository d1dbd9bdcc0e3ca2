"""Train a reward model, outcome or process, on completions that a policy samples.

    python training/reward_run.py --config configs/reward.toml --out out/reward \
      --set policy=MODEL --set model.path=MODEL --set problems.files=PROBLEMS --set kind=process

Samples completions, labels them by rule (each step by continuations from its end, as in
Math-Shepherd), trains, and evaluates on held-out questions. After a kill at any point, the same
command resumes. See docs/rewards.md.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
# Python puts the directory of a script first on sys.path. Put the project root there instead, so
# that its packages import without an install and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from training.run.script import run_script  # noqa: E402
from training.settings.reward import RewardSettings  # noqa: E402

if TYPE_CHECKING:
    from training.run.distributed import World


def main(argv: list[str] | None = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    return run_script(argv, __doc__, "configs/reward.toml", RewardSettings, _run)


def _run(settings: RewardSettings, out: Path, world: "World") -> Path:
    from training.data.problems import read_problems
    from training.generation.make_engine import make_engine
    from training.models.local_model import load_local_model
    from training.reward_models.train import train_reward_model

    items = read_problems(settings.problems)
    policy = load_local_model(Path(settings.policy), str(world.device))
    engine = make_engine(settings.rollout, policy)
    return train_reward_model(settings, policy, engine, items, out, world)


if __name__ == "__main__":
    sys.exit(main())
