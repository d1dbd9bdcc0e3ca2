"""Measure `dedup`: which copies the bands find, CPU time, and growth with the crawl.

    pip install -c constraints.txt -e ".[mine,bench]"
    python benchmarks/dedup.py

`--only recall` changes words of pages of `--crawl` so that the Jaccard similarity to the page is
uniform on [.5, 1], and compares the share of the documents that is found with the theoretical
curve. `--only cpu` compares signatures and the stage with the MinHash of datatrove, on such
documents; `--datatrove` names a Python that has it, and without one its row is left out:

    pip install datatrove==0.10.1 spacy "xxhash<3.6"

`--only growth` runs the stage on synthetic pages in memory. Each measurement is a separate process
of one core; CPU time is its user and system time, after its imports.
"""

import argparse
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

Figures = dict[str, float]

SHARD_PAGES = 20_000
BANDS, ROWS, SKETCH = 14, 8, 256
WORDS = (150, 1000)  # of a document: a part of a page
SIZES = (500_000, 1_000_000, 2_000_000)  # of synthetic crawls
COPIES = 0.25  # of synthetic pages: they differ in 4 % of their shingles from the page they copy


def write_synthetic(folder: str, pages: int) -> "Manifest":  # noqa: F821
    """Write shards of pages without text: ids, URLs, digests, bands and sketches."""
    import numpy as np
    import pyarrow.parquet as pq

    from schemas.manifest import Identity, Manifest
    from transforms.storage.shard_writer import describe

    rng = np.random.default_rng(1)
    outputs = []
    Path(folder, "pages").mkdir()
    kept_bands = rng.integers(-(2**63), 2**63, (SHARD_PAGES, BANDS))
    kept_sketches = np.sort(rng.integers(0, 2**32 - 1, (SHARD_PAGES, SKETCH), np.uint32))
    for start in range(0, pages, SHARD_PAGES):
        rows = min(SHARD_PAGES, pages - start)
        bands = rng.integers(-(2**63), 2**63, (rows, BANDS))
        sketches = np.sort(rng.integers(0, 2**32 - 1, (rows, SKETCH), np.uint32))
        copies = np.flatnonzero(rng.random(rows) < COPIES) if start else np.empty(0, int)
        originals = rng.integers(0, SHARD_PAGES, len(copies))
        is_same = rng.random((len(copies), BANDS)) < 0.96**16
        bands[copies] = np.where(is_same, kept_bands[originals], bands[copies])
        is_new = rng.random((len(copies), SKETCH)) < 0.04
        sketches[copies] = np.sort(
            np.where(is_new, sketches[copies], kept_sketches[originals]), axis=1
        )
        # A later shard copies pages of this one or of the one before it.
        is_taken = rng.random(rows) < 0.5
        kept_bands[:rows][is_taken] = bands[is_taken]
        kept_sketches[:rows][is_taken] = sketches[is_taken]
        path = Path(folder, "pages", f"{start // SHARD_PAGES:05}.parquet")
        pq.write_table(_pages(rng, start, bands, sketches), path)
        outputs.append(describe(path, f"pages/{path.name}", rows))
    identity = Identity(stage="prepare", settings={}, inputs={})
    return Manifest(identity=identity, outputs=outputs, counters={"pages": pages})


def _pages(rng, start: int, bands, sketches) -> "pa.Table":  # noqa: F821
    import numpy as np
    import pyarrow as pa

    rows = len(bands)
    ids = rng.integers(-(2**63), 2**63, rows)
    blobs = sketches.astype("<u4").tobytes()
    width = 4 * SKETCH
    offsets = pa.array(np.arange(0, rows * BANDS + 1, BANDS), pa.int32())
    return pa.table(
        {
            "id": ids,
            "url": [f"https://site{n % 997}.example/path/{n}" for n in range(start, start + rows)],
            "tokens": rng.integers(100, 10_000, rows).astype(np.int32),
            "formulas": rng.integers(0, 50, rows).astype(np.int32),
            "fetched_at": pa.array(ids >> 24, pa.timestamp("ms", "UTC")),
            "url_hash": rng.integers(-(2**63), 2**63, rows),
            "text_digest": [rng.bytes(16).hex() for _ in range(rows)],
            "minhash_bands": pa.ListArray.from_arrays(offsets, pa.array(bands.ravel())),
            "sketch": pa.array([blobs[i : i + width] for i in range(0, len(blobs), width)]),
        }
    )


def run_growth(pages: int) -> Figures:
    """Run the stage on synthetic pages, in memory."""
    from pipelines.beam_runner import Jobs
    from pipelines.stages.dedup import deduplicate
    from schemas.settings import Dedup
    from transforms.storage.output_tree import OutputTree

    jobs = Jobs(("--direct_running_mode=in_memory",))
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_synthetic(folder, pages)
        before = cpu_seconds()
        copies = deduplicate(manifest, Dedup(), OutputTree(folder, jobs.storage), jobs)
        used = cpu_seconds() - before
    return {"cpu": used, "kept": copies.counters["kept"]}


def texts_of(crawl: Path) -> list[list[str]]:
    """Return the words of the pages of a crawl that have enough of them."""
    import pyarrow.parquet as pq

    from pipelines.beam_runner import Jobs
    from pipelines.crawl_files import crawl_files
    from pipelines.stages.prepare import prepare
    from schemas.settings import Prepare
    from transforms.storage.output_tree import OutputTree

    jobs = Jobs(("--direct_running_mode=in_memory",))
    with tempfile.TemporaryDirectory() as folder:
        tree = OutputTree(folder, jobs.storage)
        pages = prepare(crawl_files([str(crawl)], jobs.storage), Prepare(), tree, jobs)
        files = [file for file in pages.outputs if file.path.startswith("pages/")]
        texts = [
            text
            for file in files
            for text in pq.read_table(tree.at(file.path), columns=["text"])["text"].to_pylist()
        ]
    words = [text.split() for text in texts]
    return [some for some in words if len(some) >= WORDS[0]]


def perturbed(texts: list[list[str]], count: int) -> Iterator[tuple[str, str]]:
    """Yield parts of pages, each with a copy of it that has a Jaccard similarity from .5 to 1.

    A changed word changes five shingles, if changes are at least five words apart.
    """
    rng = random.Random(1)
    for _ in range(count):
        words = rng.choice(texts)
        length = rng.randint(WORDS[0], min(WORDS[1], len(words)))
        start = rng.randint(0, len(words) - length)
        words = words[start : start + length]
        target = rng.uniform(0.5, 1)
        changes = length * (1 - target) / (5 * (1 + target))
        changes = int(changes) + (rng.random() < changes % 1)
        copy = list(words)
        shift = rng.randrange(5)
        for block in rng.sample(range((length - shift) // 5), changes):
            copy[shift + 5 * block] = f"new{rng.randrange(10**9)}"
        yield " ".join(words), " ".join(copy)


def run_recall(texts: list[list[str]], count: int) -> str:
    """Return a table of the share found by true similarity, next to the theoretical curve."""
    import numpy as np

    from pipelines.progress import table
    from schemas.settings import Dedup
    from transforms.dedup.minhash import padded, shingle_hashes, signature, similarities

    least, rows = Dedup().min_similarity, []
    for text, copy in perturbed(texts, count):
        first, second = (set(shingle_hashes(version, 5).tolist()) for version in (text, copy))
        union = len(first | second)
        true = len(first & second) / union
        a, b = signature(text), signature(copy)
        is_found = any(x == y for x, y in zip(a.bands, b.bands, strict=True))
        estimate = similarities(padded(a.sketch), padded(b.sketch)[None])[0]
        curve = 1 - (1 - true**ROWS) ** BANDS
        verified = curve * probability_verified(true, union, least)
        rows.append((true, is_found, curve, is_found and estimate >= least, verified))
    figures = np.array(rows)
    names = [f"{50 + 5 * i}-{55 + 5 * i} %" for i in range(10)] + ["80-100 %"]
    ranges = [(0.5 + i / 20, 0.55 + i / 20) for i in range(10)] + [(0.8, 1.0)]
    lines = []
    for name, (low, high) in zip(names, ranges, strict=True):
        is_here = (figures[:, 0] >= low) & ((figures[:, 0] < high) | (high >= 1))
        mean = figures[is_here].mean(axis=0)
        points = [100 * (mean[i] - mean[i + 1]) for i in (1, 3)]
        shares = [f"{value:.3f}" for value in mean[1:]]
        signed = [f"{value:+.1f}" for value in points]
        lines.append([name, int(is_here.sum()), *shares[:2], signed[0], *shares[2:], signed[1]])
    heading = ["Jaccard", "documents", "bands", "curve", "points", "verified", "curve", "points"]
    return table(lines, heading)


def probability_verified(true: float, union: int, least: float) -> float:
    """Return the probability that the similarity estimated from sketches is at least `least`.

    The sketches have a sample of the union without replacement; its mean is taken as normal.
    """
    sample = min(union, 2 * SKETCH / (1 + true))
    variance = true * (1 - true) / sample * (union - sample) / max(1, union - 1)
    if variance <= 0:
        return float(true >= least)
    return 0.5 * math.erfc((least - true) / math.sqrt(2 * variance))


def run_mathmine(documents: list[str]) -> Figures:
    """Compute signatures as `prepare` does, and run the stage."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pipelines.beam_runner import Jobs
    from pipelines.stages.dedup import deduplicate
    from schemas.manifest import Identity, Manifest
    from schemas.settings import Dedup
    from transforms.dedup.minhash import signature
    from transforms.storage.output_tree import OutputTree
    from transforms.storage.shard_writer import describe
    from transforms.text.fingerprints import text_digest

    jobs = Jobs(("--direct_running_mode=in_memory",))
    with tempfile.TemporaryDirectory() as folder:
        before = cpu_seconds()
        signatures = [signature(text) for text in documents]
        signed = cpu_seconds()
        ids = range(len(documents))
        columns = {
            "id": pa.array(ids, pa.int64()),
            "url": [f"https://a.example/{i}" for i in ids],
            "tokens": pa.array([len(text) // 4 for text in documents], pa.int32()),
            "formulas": pa.array([0] * len(documents), pa.int32()),
            "fetched_at": pa.array([0] * len(documents), pa.timestamp("ms", "UTC")),
            "url_hash": pa.array(ids, pa.int64()),
            "text_digest": [text_digest(text) for text in documents],
            "minhash_bands": [signed.bands for signed in signatures],
            "sketch": [signed.sketch for signed in signatures],
        }
        path = Path(folder, "pages", "0.parquet")
        path.parent.mkdir()
        pq.write_table(pa.table(columns), path)
        pages = Manifest(
            identity=Identity(stage="prepare", settings={}, inputs={}),
            outputs=[describe(path, "pages/0.parquet", len(documents))],
            counters={"pages": len(documents)},
        )
        copies = deduplicate(pages, Dedup(), OutputTree(folder, jobs.storage), jobs)
        cpu = cpu_seconds() - before
    return {"signatures": signed - before, "cpu": cpu, "kept": copies.counters["kept"]}


def run_datatrove(documents: list[str]) -> Figures:
    """Run datatrove's stages up to the documents to remove, with the same bands and n-grams."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupSignature,
    )

    config = MinhashConfig(n_grams=5, num_buckets=BANDS, hashes_per_bucket=ROWS)
    with tempfile.TemporaryDirectory() as folder:
        sign = MinhashDedupSignature(f"{folder}/signatures", config=config)
        before = cpu_seconds()
        sign.run(Document(text=text, id=str(i)) for i, text in enumerate(documents))
        signed = cpu_seconds()
        for band in range(BANDS):
            buckets = MinhashDedupBuckets(
                f"{folder}/signatures", f"{folder}/buckets", config=config
            )
            buckets.run(None, band, BANDS)
        MinhashDedupCluster(f"{folder}/buckets", f"{folder}/remove", config=config).run(None, 0, 1)
        cpu = cpu_seconds() - before
        removed = sum(path.stat().st_size for path in Path(folder, "remove").iterdir()) // 4
    return {"signatures": signed - before, "cpu": cpu, "kept": len(documents) - removed}


CONTENDERS: dict[str, Callable[[list[str]], Figures]] = {
    "mathmine": run_mathmine,
    "datatrove": run_datatrove,
}


def cpu_seconds() -> float:
    """Return the CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(python: str, *arguments: str) -> Figures:
    """Run this script in a separate process; return its figures and its peak memory."""
    command = [python, __file__, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(process.stdout.decode().strip().splitlines()[-1])


def measure_cpu(texts: list[list[str]], count: int, datatrove: str, folder: str) -> str:
    """Return a table of CPU time for the same documents."""
    from pipelines.progress import table

    documents = [text for pair in perturbed(texts, count // 2) for text in pair]
    words = sum(len(text.split()) for text in documents)
    file = Path(folder, "documents.json")
    file.write_text(json.dumps(documents))
    lines = []
    for name, python in (("mathmine", sys.executable), ("datatrove", datatrove)):
        if python:
            figures = measure(python, "--contender", name, "--file", str(file))
            a_million = 1e6 * figures["cpu"] / len(documents)
            signed = 1000 * figures["signatures"] / words * 700
            lines.append([name, f"{signed:.2f}", f"{a_million:.0f}", int(figures["kept"])])
    heading = ["", "signatures, ms of CPU per 700 words", "all, s per million", "kept"]
    return f"{len(documents)} documents, {words} words\n{table(lines, heading)}"


def measure_growth(sizes: list[int]) -> str:
    """Return a table of CPU time and memory by number of synthetic pages."""
    from pipelines.progress import table

    lines = []
    for pages in sizes:
        figures = measure(sys.executable, "--pages", str(pages))
        a_million = 1e6 * figures["cpu"] / pages
        kept, peak = int(figures["kept"]), int(figures["peak_mb"])
        lines.append([pages, kept, f"{a_million:.0f}", peak])
    return table(lines, ["pages", "kept", "CPU s per million", "peak MB"])


def report(figures: Figures) -> None:
    """Print the figures of one process, with its peak memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures | {"peak_mb": peak}))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--crawl", type=Path, default=ROOT / "examples" / "crawl")
    parser.add_argument("--only", choices=("recall", "cpu", "growth"))
    parser.add_argument("--documents", type=int, default=20_000, help="of recall")
    parser.add_argument("--compared", type=int, default=4_000, help="documents of cpu")
    parser.add_argument("--datatrove", default="", help="a Python that has datatrove")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="of growth, in pages")
    parser.add_argument("--pages", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.pages:
        report(run_growth(args.pages))
    elif args.contender:
        report(CONTENDERS[args.contender](json.loads(args.file.read_text())))
    else:
        texts = texts_of(args.crawl) if args.only != "growth" else []
        if args.only in ("recall", None):
            print(run_recall(texts, args.documents))
        if args.only in ("cpu", None):
            with tempfile.TemporaryDirectory() as folder:
                print(measure_cpu(texts, args.compared, args.datatrove, folder))
        if args.only in ("growth", None):
            print(measure_growth(args.sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
