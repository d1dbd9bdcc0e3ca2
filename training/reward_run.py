"""Train a reward model on completions of a policy: it scores them as a whole, or every step.

    python training/reward_run.py --config configs/reward.toml --out out/reward \
      --set policy=MODEL --set model.path=MODEL --set problems.files=PROBLEMS --set kind=process

Samples completions, labels them by the rule (steps by continuing from them, as Math-Shepherd does),
trains, and evaluates on held-out questions. Killed anywhere, the same command resumes. See
docs/rewards.md.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, Python puts training/ first on the path. Put the project root there instead:
# its packages import without an install, and no file of training/ shadows a library.
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "training"]

from training.data.problems import read_problems  # noqa: E402
from training.generation.make_engine import make_engine  # noqa: E402
from training.models.local_model import load_local_model  # noqa: E402
from training.reward_models.train import train_reward_model  # noqa: E402
from training.run.distributed import World  # noqa: E402
from training.run.script import run_script  # noqa: E402
from training.settings.reward import RewardSettings  # noqa: E402


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` and return the exit code."""
    return run_script(argv, __doc__, "configs/reward.toml", RewardSettings, _run)


def _run(settings: RewardSettings, out: Path, world: World) -> Path:
    items = read_problems(settings.problems)
    policy = load_local_model(Path(settings.policy), str(world.device))
    engine = make_engine(settings.rollout, policy)
    return train_reward_model(settings, policy, engine, items, out, world)


if __name__ == "__main__":
    sys.exit(main())
