r"""Regenerate the arithmetic example: problems, noisy worked solutions, and a model fit to them.

    python examples/make_arithmetic.py [--work out/arithmetic] [--out examples/arithmetic]

The task is addition of numbers below 100 in three lines: ones, tens with the carry, answer.

    27+58=7+8=15\n2+5+1=8\n\boxed{85}

`problems.jsonl` and `held_out.jsonl` have questions with answers; no question is in both. The model
is fine-tuned with `arithmetic/sft.toml` on solutions of which 30 % end in a wrong answer near the
right one, drawn independently for every example. At temperature 1 it is right about six times in
ten, although its most likely answer is nearly always right: room for reinforcement learning.
"""

import argparse
import json
import random
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "examples"]

import torch  # noqa: E402
from transformers import LlamaForCausalLM  # noqa: E402

from schemas.errors import MathmineError  # noqa: E402
from schemas.strict_toml import read_toml  # noqa: E402
from training.run.distributed import start_world  # noqa: E402
from training.settings.pretrain import SftSettings  # noqa: E402
from training.trainer.job import sft_job  # noqa: E402
from training.trainer.loop import train  # noqa: E402

Pair = tuple[int, int]

PROBLEMS, HELD_OUT = 5_000, 2_000  # of the 10,000 pairs
EXAMPLES = 50_000  # worked solutions: 350 steps use none twice
WRONG = 0.3  # share of them with a wrong answer
ERRORS = (-10, -1, 1, 10)  # of wrong answers
PARAMETERS = 864_768  # of the model


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script with the arguments `argv` and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "examples" / "arithmetic")
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "arithmetic")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)  # bit-identical on any number of cores
    training, held_out = split_pairs()
    write_lines(args.out / "problems.jsonl", map(problem, training))
    write_lines(args.out / "held_out.jsonl", map(problem, held_out))
    write_lines(args.work / "sft.jsonl", noisy_examples(training, EXAMPLES))
    overrides = [f"examples.files={args.work / 'sft.jsonl'}", *args.set]
    config = ROOT / "examples" / "arithmetic" / "sft.toml"
    try:
        settings = read_toml(SftSettings, config, overrides)
        with start_world() as world:
            train(sft_job(settings), args.work / "sft", world)
    except MathmineError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_status
    save_in_bfloat16(args.work / "sft" / "model", args.out / "model")
    return 0


def split_pairs() -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of numbers to train on, and the held-out pairs."""
    pairs = [(a, b) for a in range(100) for b in range(100)]
    random.Random(0).shuffle(pairs)
    return pairs[:PROBLEMS], pairs[-HELD_OUT:]


def problem(pair: Pair) -> dict[str, str]:
    """Return a question with its answer.

    >>> problem((27, 58))
    {'question': '27+58', 'answer': '85'}
    """
    return {"question": f"{pair[0]}+{pair[1]}", "answer": str(sum(pair))}


def solution(pair: Pair, answer: int) -> str:
    r"""Return the worked solution of a sum, with `answer`, right or wrong, in a box.

    >>> solution((27, 58), 85)
    '7+8=15\n2+5+1=8\n\\boxed{85}'
    """
    (tens_a, ones_a), (tens_b, ones_b) = (divmod(number, 10) for number in pair)
    carried, _ = divmod(ones_a + ones_b, 10)
    ones = f"{ones_a}+{ones_b}={ones_a + ones_b}"
    tens = f"{tens_a}+{tens_b}+{carried}={tens_a + tens_b + carried}"
    return f"{ones}\n{tens}\n\\boxed{{{answer}}}"


def noisy_examples(pairs: Sequence[Pair], count: int) -> Iterator[dict[str, str]]:
    """Yield `count` worked examples; a share `WRONG` has an answer that is off by 1 or by 10."""
    rng = random.Random(1)
    for _ in range(count):
        pair = rng.choice(pairs)
        is_wrong = rng.random() < WRONG
        answer = sum(pair) + (rng.choice(ERRORS) if is_wrong else 0)
        question = problem(pair)["question"]
        yield {"question": question, "solution": solution(pair, max(0, answer))}


def write_lines(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    """Write rows as JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def save_in_bfloat16(source: Path, target: Path) -> None:
    """Save a model in bfloat16 (1.7 MB) with its tokenizer.

    Raises ValueError if the model does not have `PARAMETERS` parameters.
    """
    model = LlamaForCausalLM.from_pretrained(source, dtype=torch.bfloat16, local_files_only=True)
    if model.num_parameters() != PARAMETERS:
        raise ValueError(f"the model has {model.num_parameters():,} parameters, not {PARAMETERS:,}")
    model.save_pretrained(target)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(source / name, target / name)


if __name__ == "__main__":
    sys.exit(main())
