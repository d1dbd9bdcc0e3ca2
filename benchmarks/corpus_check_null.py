"""Count the verdicts of corpus_check.py where there is no difference, and where there is one.

    OMP_NUM_THREADS=1 python benchmarks/corpus_check_null.py --corpus out/example/corpus \
      --out out/verdicts [--runs 20]

Each run has three seeds of its own. `null` compares random halves of the corpus; `shuffled`
compares the corpus with the words of its texts in random order, joined by spaces. Prints the
difference of every run, and how often each was named the winner.
"""

import argparse
import contextlib
import io
import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from training.corpus_check import main as corpus_check  # noqa: E402
from training.data.read_texts import find_files  # noqa: E402

# The tiny preset, smaller: 66,000 parameters, 204,800 tokens in batches of 512.
SETTINGS = [
    *("phases.all.tokens=204_800", "batch.tokens=512", "batch.blocks=8", "batch.context=64"),
    *("model.layers=1", "model.width=64", "model.hidden=176", "model.heads=2"),
    *("model.init_std=0.1", "optimizer.peak=1e-2", "optimizer.warmup_steps=10"),
    "run.held_out_steps=10_000",
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = parser.parse_args()
    write_shuffled(args.corpus, args.out / "shuffled")
    shuffled = ["--corpus", f"shuffled={args.out / 'shuffled'}"]
    for name, flags in {"null": ["--null"], "shuffled": shuffled}.items():
        winners = []
        for run in range(args.runs):
            seeds = [str(3 * run + i) for i in range(3)]
            out = args.out / f"{name}-{run}"
            flags_of_run = [*flags, "--out", str(out), "--seeds", *seeds]
            differences = compare(args.corpus, flags_of_run, args.set)
            winners += [difference["winner"] for difference in differences[:1]]
            print(name, run, *map(describe, differences), flush=True)
        counts = {winner: winners.count(winner) for winner in dict.fromkeys(winners)}
        print(f"{name}: winners of {args.runs} runs on the first benchmark: {counts}", flush=True)


def write_shuffled(corpus: Path, out: Path) -> None:
    """Write each text of a corpus with its words in random order, joined by spaces."""
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)
    for number, path in enumerate(find_files(str(corpus), [".parquet"])):
        texts = [text.split() for text in pq.read_table(path)["text"].to_pylist()]
        shuffled = [" ".join(rng.sample(words, len(words))) for words in texts]
        pq.write_table(pa.table({"text": shuffled}), out / f"{number:05d}.parquet")


def compare(corpus: Path, flags: list[str], overrides: list[str]) -> list[dict]:
    """Run corpus_check.py, and return its differences."""
    benchmarks = [str(ROOT / "examples" / "benchmarks" / f"{name}.jsonl") for name in ("gsm8k",)]
    config = str(ROOT / "configs" / "pretrain_tiny_cpu.toml")
    settings = [part for value in [*SETTINGS, *overrides] for part in ("--set", value)]
    given = ["--corpus", f"corpus={corpus}", "--config", config, "--benchmark", *benchmarks]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = corpus_check([*given, *settings, *flags, "--device", "cpu"])
    if status:
        raise SystemExit(f"corpus_check.py {' '.join(flags)} ended with status {status}")
    out = Path(flags[flags.index("--out") + 1])
    return json.loads((out / "comparison.json").read_text())["differences"]


def describe(difference: dict) -> str:
    behind = difference["behind"]
    interval = f"{behind['value']:+.3f} ({behind['low']:+.3f} to {behind['high']:+.3f})"
    return f"| {difference['benchmark']} {interval} {difference['winner'] or '-'}"


if __name__ == "__main__":
    main()
