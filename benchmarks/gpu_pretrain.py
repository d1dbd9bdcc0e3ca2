"""Measure pretraining speed on one GPU, compared with transformers' Trainer on the same model.

    python benchmarks/gpu_pretrain.py --json gpu_pretrain.json
    python benchmarks/gpu_pretrain.py --set batch.blocks=4 --set run.recompute=true

The model is that of configs/pretrain_corpus_check_1.3b.toml, with random weights and a vocabulary
of 102,400 tokens. Texts are random, as long as web pages, and go through the same reader, tokenizer
and packing as real ones. Prints medians of 20 steps after 5 warm-up steps. The Trainer has the same
batch size and its data in memory, and attends over whole blocks, which its MFU accounts for.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

from schemas.strict_toml import read_toml  # noqa: E402
from training.data.batches import batches  # noqa: E402
from training.data.packing import pack  # noqa: E402
from training.models.build import make_model  # noqa: E402
from training.run.distributed import World, start_world  # noqa: E402
from training.run.hardware import peak_flops, training_flops  # noqa: E402
from training.settings.pretrain import PretrainSettings  # noqa: E402
from training.trainer.job import Job, pretrain_job  # noqa: E402
from training.trainer.start import start_run  # noqa: E402
from training.trainer.step import train_step  # noqa: E402

PRESET = ROOT / "configs" / "pretrain_corpus_check_1.3b.toml"
WARM_UP, STEADY = 5, 20
TOKENS = 102_400  # vocabulary of DeepSeek LLM; the byte tokenizer uses 259, the rest cost the same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--no-trainer", action="store_true", help="do not measure the Trainer")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("gpu_pretrain.py needs a GPU; torch sees none. Nothing was measured.")
    with tempfile.TemporaryDirectory() as folder, start_world() as world:
        job = _job(Path(folder), args.set)
        figures = {"machine": _machine(world), "settings": args.set}
        figures["mathmine"] = _measure(job, Path(folder), world)
        if not args.no_trainer:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            figures["trainer"] = _measure_trainer(job, Path(folder), world)
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


def _job(folder: Path, overrides: list[str]) -> Job:
    texts = folder / "texts"
    _write_texts(texts)
    settings = [
        f"sources.corpus.files={texts}",
        "tokenizer.file=bytes",
        # 8 microbatches of 4 blocks: the fixed cost of a step has more weight than in the preset.
        "batch.tokens=131072",
        "batch.window=64",  # two batches, as in the preset
        'phases=[{name="all", tokens=1_000_000_000}]',
    ]
    job = pretrain_job(read_toml(PretrainSettings, PRESET, settings + overrides))
    return replace(job, vocabulary=replace(job.vocabulary, size=TOKENS))


def _write_texts(folder: Path) -> None:
    """Write 200 MB of random words, in texts of log-normal length with a mean of 3,300 bytes."""
    rng = random.Random(0)
    words = ["".join(rng.choices("etaoinshrdlu$\\{}^_=", k=rng.randint(1, 9))) for _ in range(5000)]
    folder.mkdir()
    for shard in range(4):
        lengths = np.random.RandomState(shard).lognormal(5.8, 1.0, 15_000).astype(int) + 1
        rows = [" ".join(rng.choices(words, k=int(length))) for length in lengths]
        pq.write_table(pa.table({"text": rows}), folder / f"{shard}.parquet", row_group_size=5000)


def _measure(job: Job, out: Path, world: World) -> dict[str, Any]:
    state = start_run(job, out / "run", world)
    batch, progress = job.settings.batch, state.progress
    blocks = pack(job.draw, batch, progress.stream)
    records = []
    with batches(blocks, batch.tokens // batch.context, "") as stream:
        for _ in range(WARM_UP + STEADY):
            progress, record = train_step(job, out, world, state, stream, progress)
            records.append(record)
    steady = records[WARM_UP:]
    names = ("seconds", "tokens_per_second", "mfu", "data_wait", "packing", "memory_gb")
    figures = {name: median(record[name] for record in steady) for name in names if steady[0][name]}
    return figures | {"loss": [records[0]["loss"], records[-1]["loss"]]}


def _measure_trainer(job: Job, out: Path, world: World) -> dict[str, Any]:
    """Return the figures of transformers' Trainer, which needs `accelerate`."""
    settings, batch = job.settings, job.settings.batch
    model = make_model(settings.model, job.vocabulary, batch.context, settings.run.seed)
    ids = np.random.RandomState(0).randint(0, TOKENS, (512, batch.context))
    rows = [{"input_ids": torch.from_numpy(row), "labels": torch.from_numpy(row)} for row in ids]
    clock = _Clock()
    arguments = transformers.TrainingArguments(
        output_dir=str(out / "trainer"),
        max_steps=WARM_UP + STEADY,
        per_device_train_batch_size=batch.blocks,
        gradient_accumulation_steps=batch.tokens // batch.context // batch.blocks,
        bf16=True,
        torch_compile=settings.run.compile,
        gradient_checkpointing=settings.run.recompute,
        optim="adamw_torch_fused",
        save_strategy="no",
        report_to="none",
        logging_strategy="no",
        disable_tqdm=True,
    )
    transformers.Trainer(model=model, args=arguments, train_dataset=rows, callbacks=[clock]).train()
    ends = clock.ends[WARM_UP - 1 :]
    seconds = median(b - a for a, b in pairwise(ends))
    pairs = batch.tokens * (batch.context + 1) // 2
    peak = peak_flops(world.device, torch.bfloat16, settings.run.peak_tflops)
    flops = training_flops(model, batch.tokens, pairs)
    return {
        "seconds": seconds,
        "tokens_per_second": batch.tokens / seconds,
        "mfu": flops / seconds / peak if peak else None,
        "memory_gb": torch.cuda.max_memory_allocated() / 1e9,
    }


class _Clock(transformers.TrainerCallback):
    """Records when each step ends on the GPU."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        torch.cuda.synchronize()
        self.ends.append(time.perf_counter())


def _machine(world: World) -> dict[str, str]:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "commit": commit.stdout.strip(),
        "device": torch.cuda.get_device_name(world.device),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


if __name__ == "__main__":
    main()
