"""Check GRPO on the small model of examples/arithmetic against thresholds.

    python benchmarks/grpo_arithmetic.py [--out out/grpo_arithmetic]

Trains with outcome and with process supervision, two seeds each, 80 steps of configs/grpo.toml on
one thread; then evaluates on 1,024 held-out problems, eight samples each at temperature 1. The exit
code is 1 if a threshold is missed. Finished runs in the output directory are reused.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

import torch  # noqa: E402

from examples.evaluate_arithmetic import evaluate_arithmetic  # noqa: E402
from examples.train_arithmetic import START, train_arithmetic  # noqa: E402
from training.evaluation.types import EvalResult  # noqa: E402
from training.run.metrics import read_log  # noqa: E402

SUPERVISION = {
    "outcome": (),
    "process": ("objective.supervision=process", "rewards.steps=equations"),
}
# Least gain in accuracy at temperature 1, greedy accuracy, and change of Pass@8.
GAIN, GREEDY, PASS = 0.10, 0.97, -0.02


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "grpo_arithmetic")
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    before = evaluate_arithmetic(START, result_path=args.out / "before.json")
    print("supervision  seed     T=1  greedy  pass@8   maj@8      KL  CPU-seconds")
    print(_row("before", "", before))
    missed = []
    for supervision, overrides in SUPERVISION.items():
        for seed in range(args.seeds):
            out, start = args.out / f"{supervision}-{seed}", time.process_time()
            train_arithmetic(out, seed, args.steps, overrides)
            seconds = time.process_time() - start
            after = evaluate_arithmetic(out / "model", result_path=out / "after.json")
            kl = read_log(out)[-1]["kl"]
            print(_row(supervision, str(seed), after), f"{kl:7.4f}  {seconds:11.0f}", flush=True)
            missed += [f"{supervision}, seed {seed}: {miss}" for miss in misses(before, after)]
    print("\n".join(missed) or "All thresholds are met.")
    return 1 if missed else 0


def misses(before: EvalResult, after: EvalResult, gain: float = GAIN) -> list[str]:
    """Return a sentence for each threshold that is missed."""
    assert before.greedy is not None
    assert after.greedy is not None
    gained = after.pass_at[1].value - before.pass_at[1].value
    passed = after.pass_at[8].value - before.pass_at[8].value
    majority = after.maj_at[8].value - before.maj_at[8].value
    checks = [
        ("the gain at temperature 1", gained, gained >= gain),
        ("greedy accuracy", after.greedy.value, after.greedy.value >= GREEDY),
        ("the change of pass@8", passed, passed >= PASS),
        ("the change of maj@8", majority, majority > 0),
    ]
    return [f"{name} is {value:+.3f}: too low" for name, value, is_met in checks if not is_met]


def _row(supervision: str, seed: str, result: EvalResult) -> str:
    assert result.greedy is not None
    values = (result.pass_at[1], result.greedy, result.pass_at[8], result.maj_at[8])
    return f"{supervision:<12} {seed:>4}" + "".join(f"  {value.value:6.3f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
