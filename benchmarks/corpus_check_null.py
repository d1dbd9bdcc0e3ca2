"""Count the verdicts of corpus_check.py where there is no difference, and where there is one.

    OMP_NUM_THREADS=1 python benchmarks/corpus_check_null.py --corpus out/example/corpus \
      --out out/verdicts [--runs 20]

Each run has seeds of its own. `null` compares random halves of the corpus; `shuffled`
compares the corpus with the words of its texts in random order, joined by spaces. Prints the
difference of every run, and how often each corpus was named the winner.
"""

import argparse
import contextlib
import io
import json
import random
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from training.corpus_check import main as corpus_check  # noqa: E402
from training.data.read_texts import find_files  # noqa: E402

# 29,000 parameters; 122,880 tokens are an epoch of a third of the example corpus.
SETTINGS = [
    *("phases.all.tokens=122_880", "batch.tokens=1024", "batch.blocks=16", "batch.context=64"),
    *("model.layers=1", "model.width=32", "model.hidden=88", "model.heads=2"),
    *("model.init_std=0.1", "optimizer.peak=6e-3", "optimizer.warmup_steps=10"),
    "optimizer.milestones=[0.3,0.6]",  # early: a high rate at the end doubles the spread over runs
    *("run.held_out_steps=10_000", "tokenizer.bos=<s>", "tokenizer.eos=</s>"),
]
FIRST_SEED = 1000  # of the runs; the settings were chosen on seeds below
BENCHMARK = ROOT / "examples" / "benchmarks" / "gsm8k.jsonl"  # CMATH is Chinese, the corpus is not


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3, help="of each run")
    args = parser.parse_args()
    write_shuffled(args.corpus, args.out / "shuffled")
    write_tokenizer(args.corpus, args.out / "tokenizer.json")
    shuffled = ["--corpus", f"shuffled={args.out / 'shuffled'}"]
    for name, flags in {"shuffled": shuffled, "null": ["--null"]}.items():
        winners: Counter[str] = Counter()
        for run in range(args.runs):
            first = FIRST_SEED + args.seeds * run
            seeds = [str(seed) for seed in range(first, first + args.seeds)]
            seed_flags = [*flags, "--seeds", *seeds]
            difference = compare(args.corpus, args.out, f"{name}-{run}", seed_flags)
            winners[difference["winner"] or "no winner"] += 1
            print(name, run, describe(difference), flush=True)
        print(f"{name}: {dict(winners)}", flush=True)


def write_shuffled(corpus: Path, out: Path) -> None:
    """Write each text of a corpus with its words in random order, joined by spaces."""
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)
    for number, path in enumerate(find_files(str(corpus), [".parquet"])):
        table = pq.read_table(path, columns=["id", "text"])
        texts = [text.split() for text in table["text"].to_pylist()]
        shuffled = [" ".join(rng.sample(words, len(words))) for words in texts]
        rows = pa.table({"id": table["id"], "text": shuffled})
        pq.write_table(rows, out / f"{number:05d}.parquet")


def write_tokenizer(corpus: Path, path: Path) -> None:
    """Train a BPE tokenizer with 512 entries on a corpus."""
    texts = [
        text
        for file in find_files(str(corpus), [".parquet"])
        for text in pq.read_table(file)["text"].to_pylist()
    ]
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=512,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(path))


def compare(corpus: Path, out: Path, name: str, flags: list[str]) -> dict:
    """Run corpus_check.py in `out`/`name`, and return its only difference."""
    settings = [*SETTINGS, f"tokenizer.file={out / 'tokenizer.json'}"]
    arguments = [
        *("--corpus", f"corpus={corpus}", "--out", str(out / name), "--device", "cpu"),
        *("--config", str(ROOT / "configs" / "pretrain_tiny_cpu.toml")),
        *("--benchmark", str(BENCHMARK)),
        *(part for value in settings for part in ("--set", value)),
        *flags,
    ]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = corpus_check(arguments)
    if status:
        raise SystemExit(f"corpus_check.py ended with status {status}, see {out / name}")
    [difference] = json.loads((out / name / "comparison.json").read_text())["differences"]
    return difference


def describe(difference: dict) -> str:
    behind = difference["behind"]
    interval = f"{behind['value']:+.3f} ({behind['low']:+.3f} to {behind['high']:+.3f})"
    return f"{interval} {difference['winner'] or '-'}"


if __name__ == "__main__":
    main()
