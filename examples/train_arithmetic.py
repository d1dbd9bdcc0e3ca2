"""Train the arithmetic model with reinforcement learning. `train_arithmetic(out)`."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from schemas.strict_toml import read_toml
from training.rl.loop import train_grpo
from training.run.distributed import start_world
from training.settings.grpo import GrpoSettings

ROOT = Path(__file__).resolve().parent.parent
START = ROOT / "examples" / "arithmetic" / "model"


def train_arithmetic(out: Path, seed: int, steps: int, overrides: Sequence[str] = ()) -> None:
    """Run `configs/grpo.toml` for `steps` rollouts, or resume it in the directory `out`.

    `seed` draws problems and completions; `overrides` are `key=value` settings. The summary is
    printed on standard error. Raises StageRefusedError if `out` has a run with other settings.
    """
    settings = read_toml(
        GrpoSettings,
        ROOT / "configs" / "grpo.toml",
        [
            f"model.path={START}",
            f"problems.files={START.parent / 'problems.jsonl'}",
            *(f"steps={steps}", f"problems.seed={seed}", f"rollout.seed={seed}"),
            *overrides,
        ],
    )
    with redirect_stdout(sys.stderr), start_world() as world:
        train_grpo(settings, out, world)
