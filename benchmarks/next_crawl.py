"""Measure what the corpus of one month is worth to the next: docs/next-crawl.md.

    python benchmarks/next_crawl.py --data ../shared/data [--out out/next_crawl] [--seeds 300]

Mines the files of January, of which 230 pages are judged, and then those of February in several
ways, which differ in what they take over from January. No judged page of February is known to any
run: all are measured on them. Judged pages that January's corpus has, or copies of them, are not
counted, for no corpus of February is meant to have them.
"""

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from benchmarks.quality import (  # noqa: E402
    collected_ids,
    judged_rows,
    measure,
    pages_of,
    shown,
    write_verdicts,
)
from pipelines.progress import table  # noqa: E402

MONTHS = {"January": "CC-MAIN-202601", "February": "CC-MAIN-202602"}


def mine(arguments: Sequence[object], out: Path) -> float:
    """Mine a crawl, in a process of its own, and return its CPU time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-m", "pipelines", "run", *map(str, arguments), "--out", str(out)]
    with (out.parent / f"{out.name}.log").open("w") as log:
        subprocess.run(words, cwd=ROOT, check=True, stdout=log, stderr=log)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def best_round(out: Path) -> Mapping:
    """Return the figures of the round that a corpus was written from."""
    number = int(re.search(r"- Round (\d+) of mining", (out / "README.md").read_text())[1])
    return json.loads((out / f"rounds/{number:02}/round.json").read_text())


def corpus_ids(out: Path) -> set[int]:
    """Return the ids of the pages of a corpus."""
    paths = sorted((out / "corpus").glob("*.parquet"))
    return {page for path in paths for page in pq.read_table(path, columns=["id"])[0].to_pylist()}


def rows_on_new_pages(judged: Sequence[Mapping], known: set[int], out: Path) -> list[Mapping]:
    """Return the judged rows without those on pages that are copies of pages with ids `known`."""
    pages = pages_of(out)
    places = ((row, pages.get((row["file"], row["offset"]))) for row in judged)
    return [row for row, page in places if page is None or page.kept_id not in known]


def row_of(name: str, out: Path, cpu: float, judged: Sequence[Mapping], old: set[int]) -> list:
    """Return the row of the table about one run; `old` are pages that January's corpus has."""
    figures = best_round(out)
    cut = f"{figures['cut']} ({figures['calibrated_on']})"
    corpus = corpus_ids(out)
    ids = collected_ids(out / f"rounds/{figures['round']:02}")
    precision, recall = measure(judged, pages_of(out), ids)
    seed = figures["trained_on"]["math"]
    return [
        *(name, seed, cut, f"{figures['cutoff']:.4f}", len(corpus), len(corpus & old)),
        *(shown(precision), shown(recall), f"{cpu:.0f}"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "next_crawl")
    parser.add_argument("--seeds", type=int, help="only the first N texts of the seed")
    args = parser.parse_args()
    data, out = args.data.resolve(), args.out.resolve()
    if not (data / "crawl" / "gold.jsonl").exists():
        parser.error(f"no judged crawl in {data}: --data must name the folder that contains crawl/")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    judged = {
        month: [row for row in judged_rows(data) if row["file"].startswith(prefix)]
        for month, prefix in MONTHS.items()
    }
    write_verdicts(judged["January"], out / "january.jsonl")
    crawls = {
        month: ["--crawl", *sorted((data / "crawl").glob(f"{prefix}*.warc.gz"))]
        for month, prefix in MONTHS.items()
    }
    common = ["--config", ROOT / "benchmarks/quality.toml"]
    common += ["--benchmarks", data / "bench/gsm8k/test.jsonl"]
    seed, january = out / "seed.jsonl", out / "january"
    with (data / "seed/positives.jsonl").open(encoding="utf-8") as texts:
        seed.write_text("".join(islice(texts, args.seeds)), encoding="utf-8")
    verdicts = ["--judged", out / "january.jsonl"]
    cpu = mine([*common, *crawls["January"], "--seed", seed, *verdicts], january)
    print(f"January: {len(corpus_ids(january))} pages, {cpu:.0f} s of CPU time")
    against = ["--against", january]
    labels = ["--patterns", january / "patterns.csv"]
    runs = {  # what each takes over from January
        "nothing": ["--seed", seed],
        "against": ["--seed", seed, *against],
        "against, judged": ["--seed", seed, *against, *verdicts],
        "against, patterns": ["--seed", seed, *against, *labels],
        "against, corpus": ["--seed", seed, january / "corpus", *against],
        "all": ["--seed", seed, january / "corpus", *against, *labels, *verdicts],
        "all without the first seed": ["--seed", january / "corpus", *against, *labels, *verdicts],
    }
    times = {}
    for name, arguments in runs.items():
        folder = out / name.replace(", ", "_").replace(" ", "_")
        times[name] = mine([*common, *crawls["February"], *arguments], folder)
    known = collected_ids(january / f"rounds/{best_round(january)['round']:02}")
    old = {page.id for page in pages_of(out / "against").values() if page.kept_id in known}
    new = rows_on_new_pages(judged["February"], known, out / "against")
    heading = ["taken over", "seed", "cut by", "cutoff", "pages", "of January", "precision"]
    rows = [
        row_of(name, out / name.replace(", ", "_").replace(" ", "_"), times[name], new, old)
        for name in runs
    ]
    print(table(rows, [*heading, "recall", "CPU s"]))
    print(f"{len(judged['February'])} pages of February are judged, {len(new)} of them new")


if __name__ == "__main__":
    main()
