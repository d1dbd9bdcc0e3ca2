"""Time a step of GRPO on one core, compared with TRL on the same model, problems and rewards.

    python benchmarks/grpo_step.py [--steps 25]

The model is that of examples/arithmetic and the settings are those of configs/grpo.toml: 16
problems x 8 completions, one update on each rollout. TRL is set to the same objective. Prints the
median of all steps after the first five, and the mean reward of the last ten, which should agree.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

import datasets  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402

from schemas.strict_toml import read_toml  # noqa: E402
from training.rl.loop import train_grpo  # noqa: E402
from training.run.distributed import start_world  # noqa: E402
from training.run.metrics import read_log  # noqa: E402
from training.settings.grpo import GrpoSettings  # noqa: E402
from training.verifier.verify import is_equal  # noqa: E402

CONFIG = ROOT / "configs" / "grpo.toml"
WARM_UP, LAST = 5, 10
_PARTS = ("rollout", "reward", "measure", "update")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=25)
    steps = parser.parse_args(argv).steps
    if steps <= WARM_UP:
        parser.error(f"--steps must be above {WARM_UP}, the warm-up steps")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, _silence():
        ours, theirs = _ours(Path(folder), steps), _trls(Path(folder), steps)
    print(f"{'':10}{'seconds per step':>18}{'reward':>9}")
    for name, (seconds, reward) in {"mathmine": ours, "TRL": theirs}.items():
        print(f"{name:10}{seconds:18.3f}{reward:9.3f}")
    print(f"TRL / mathmine: {theirs[0] / ours[0]:.2f}")


@contextmanager
def _silence() -> Iterator[None]:
    with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
        yield


def _ours(folder: Path, steps: int) -> tuple[float, float]:
    out = folder / "ours"
    with start_world() as world:
        train_grpo(read_toml(GrpoSettings, CONFIG, [f"steps={steps}"]), out, world)
    records = read_log(out)
    seconds = [sum(record[f"seconds/{part}"] for part in _PARTS) for record in records]
    return median(seconds[WARM_UP:]), fmean(record["reward"] for record in records[-LAST:])


def _trls(folder: Path, steps: int) -> tuple[float, float]:
    settings = read_toml(GrpoSettings, CONFIG)
    rollout = settings.rollout
    lines = (ROOT / settings.problems.files).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[: steps * rollout.prompts]]
    tokenizer = transformers.AutoTokenizer.from_pretrained(settings.model.path)
    prompts = [
        tokenizer.bos_token + settings.problems.prompt.format(question=row["question"])
        for row in rows
    ]
    clock = _Clock()
    trainer = trl.GRPOTrainer(
        model=settings.model.path,
        reward_funcs=_right,
        args=trl.GRPOConfig(
            output_dir=str(folder / "trl"),
            max_steps=steps,
            per_device_train_batch_size=rollout.prompts * rollout.group,
            num_generations=rollout.group,
            max_completion_length=rollout.max_new_tokens,
            temperature=rollout.temperature,
            learning_rate=settings.optimizer.peak,
            lr_scheduler_type="constant",
            adam_beta2=settings.optimizer.beta2,
            beta=settings.objective.beta,
            loss_type="grpo",
            use_bias_correction_kl=False,
            gradient_checkpointing=False,
            use_cpu=True,
            bf16=False,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=datasets.Dataset.from_dict(
            {"prompt": prompts, "answer": [row["answer"] for row in rows]}
        ),
        processing_class=tokenizer,
        callbacks=[clock],
    )
    trainer.train()
    seconds = [after - before for before, after in pairwise(clock.ends)]
    rewards = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
    return median(seconds[WARM_UP - 1 :]), fmean(rewards[-LAST:])


def _right(completions: Sequence[str], answer: Sequence[str], **_: Any) -> list[float]:
    return [float(is_equal(text, gold)) for text, gold in zip(completions, answer, strict=True)]


class _Clock(transformers.TrainerCallback):
    """Records when each step ends."""

    def __init__(self) -> None:
        self.ends = list[float]()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(time.perf_counter())


if __name__ == "__main__":
    main()
