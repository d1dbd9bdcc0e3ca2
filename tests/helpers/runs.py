"""Texts and settings of very small runs, and their logs."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = [
    "x",
    "= 2",
    "\\frac{a}{b}",
    "\u7b54\u6848",
    "prove",
    "<eos>",
    "\n",
    "that",
    "42",
    "\u00e9t\u00e9",
]


def texts(count, seed=0, longest=60):
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, longest))) for _ in range(count)]


def write_shards(folder, rows, shards=2, group=7, column="text"):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(shards):
        table = pa.table({"id": range(len(rows[number::shards])), column: rows[number::shards]})
        pq.write_table(table, folder / f"part-{number}.parquet", row_group_size=group)
    return folder


SMALL = """
phases = [{{ name = "all", tokens = {tokens} }}]
[[sources]]
name = "text"
files = "{files}"
[model]
layers = 2
width = 16
heads = 2
kv_heads = 1
hidden = 24
init_std = 0.02
[optimizer]
peak = 1e-2
warmup_steps = 3
[batch]
context = 64
tokens = 256
blocks = 2
window = 6
mix_groups = 2
[run]
checkpoint_steps = 4
"""


def write_config(folder, files, tokens=256 * 10, more=""):
    path = Path(folder) / "small.toml"
    path.write_text(SMALL.format(files=files, tokens=tokens) + more)
    return path


def records(out):
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
