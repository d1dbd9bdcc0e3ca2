"""Time sampling on one core: continuous batching compared with transformers' `generate`.

    python benchmarks/rollout.py --model examples/arithmetic/model \
      --problems examples/arithmetic/held_out.jsonl --prompt "{question}="

Prints tokens per CPU-second, the median of five alternating calls of each engine, and the number of
completions for which both sample the same tokens: rounding makes them differ in rare cases.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

import torch  # noqa: E402

from training.data.problems import read_problems  # noqa: E402
from training.generation.make_engine import make_engine  # noqa: E402
from training.generation.types import Request  # noqa: E402
from training.models.local_model import LocalModel, load_local_model  # noqa: E402
from training.settings.rollout import Problems, Rollout  # noqa: E402

ENGINES = ("transformers", "slots")
CALLS = 5


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--problems", required=True)
    parser.add_argument("--prompt", default=Problems.prompt, help="must contain {question}")
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=40, help="at most, per completion")
    parser.add_argument("--rows", type=int, default=128)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    local = load_local_model(args.model, "cpu")
    problems = Problems(files=args.problems, prompt=args.prompt)
    requests = _requests(local, problems, args.prompts, args.group)
    print(f"{'engine':14}{'tokens/CPU-s':>14}{'tokens':>9}{'mean':>7}{'longest':>9}")
    engines = {
        name: make_engine(Rollout(engine=name, rows=args.rows, max_new_tokens=args.tokens), local)
        for name in ENGINES
    }
    seconds: dict[str, list[float]] = {name: [] for name in ENGINES}
    completions = {name: engine(requests) for name, engine in engines.items()}
    for _ in range(CALLS):
        for name, engine in engines.items():
            start = time.process_time()
            engine(requests)
            seconds[name].append(time.process_time() - start)
    for name, sampled in completions.items():
        lengths = [len(completion.tokens) for completion in sampled]
        total, speed = sum(lengths), sum(lengths) / median(seconds[name])
        print(f"{name:14}{speed:14,.0f}{total:9,}{total / len(sampled):7.1f}{max(lengths):9}")
    pairs = zip(*completions.values(), strict=True)
    print(f"the same tokens: {sum(a.tokens == b.tokens for a, b in pairs)} of {len(requests)}")


def _requests(local: LocalModel, problems: Problems, count: int, group: int) -> list[Request]:
    items = read_problems(problems, with_solution=False)[:count]
    prompts = [local.prompt(problems.prompt.format(question=item.question)) for item in items]
    return [
        Request(tuple(prompt), (0, number, sample))
        for number, prompt in enumerate(prompts)
        for sample in range(group)
    ]


if __name__ == "__main__":
    main()
