"""Measure time and memory to find the domains and candidates of five million pages.

    pip install -c constraints.txt -e ".[mine]"
    python benchmarks/candidates.py

The pages are on 50,000 domains, all of them mathematical, which is the worst case: the largest has
a hundredth of the pages, and half of the domains have a few dozen. Their URLs are those of forums,
blogs, wikis and courses; one section of each site is collected. The job is the second one of a
round (`CollectPages`), on the local runner: in one process, and in one for each core and one that
distributes the work. Memory is the largest sum of what these processes hold at one time; what they
share counts once (Linux only).
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402

SHARD_PAGES = 40_000
FORMS = (  # URLs of the pages of a site, and whether they are collected
    ("https://www.{site}/questions/{n}/how-to-solve-{word}-{n}", 0.95),
    ("https://www.{site}/questions/tagged/{word}?page={n}", 0.02),
    ("https://{site}/blog/{year}/{month:02}/{word}-and-{other}-{n}/", 0.6),
    ("https://{site}/wiki/{word}_{other}_{n}", 0.9),
    ("http://forum.{site}/viewtopic.php?f={few}&t={n}", 0.5),
    ("http://{site}/courses/{word}/lecture{n}.html", 0.97),
    ("https://www.{site}/users/{n}/{word}", 0.01),
    ("https://{site}/{word}/{other}/{n}", 0.1),
)
WORDS = (
    *("integral", "proof", "group", "ring", "field", "matrix", "prime"),
    *("graph", "series", "limit", "set", "space", "map", "sum"),
)


def write_pages(folder: Path, pages: int, domains: int) -> None:
    """Write shards of pages with the columns that the job reads, their copies and scores."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = random.Random(0)
    weights = 1 / (np.arange(domains) + 20)
    drawn = np.random.default_rng(0).choice(domains, pages, p=weights / weights.sum())
    for name in ("pages", "dedup", "rounds/01/scores"):
        (folder / name).mkdir(parents=True)
    for start in range(0, pages, SHARD_PAGES):
        numbers = range(start, min(pages, start + SHARD_PAGES))
        rows = [_page(int(drawn[number]), number, chance) for number in numbers]
        urls, names, scores = zip(*rows, strict=True)
        count = len(rows)
        ids = pa.array([chance.getrandbits(63) for _ in numbers], pa.int64())
        columns = {"id": ids, "url": urls, "domain": names}
        columns["tokens"] = pa.array([500] * count, pa.int32())
        columns["prose_words"] = pa.array([300] * count, pa.int32())
        columns["link_share"] = pa.array([0.1] * count, pa.float32())
        columns["text"] = [f"# Page {number}\n\nIts text" for number in numbers]
        shard = f"{start // SHARD_PAGES:04}.parquet"
        pq.write_table(pa.table(columns), folder / "pages" / shard, compression="zstd")
        keep = pa.table({"id": ids, "keep": [True] * count})
        pq.write_table(keep, folder / "dedup" / shard)
        scored = pa.table({"id": ids, "score": pa.array(scores, pa.float32())})
        pq.write_table(scored, folder / "rounds/01/scores" / shard)


def _page(site: int, number: int, chance: random.Random) -> tuple[str, str, float]:
    domain = f"site{site}.example"
    form, share = FORMS[(number * 7919 + site) % len(FORMS) if site % 3 else number % 3]
    word, other = chance.choices(WORDS, k=2)
    url = form.format(
        site=domain, n=number, word=word, other=other, few=site % 5 + number % 4,
        year=2000 + number % 25, month=number % 12 + 1,
    )  # fmt: skip
    return url, domain, chance.uniform(0.5, 1) if chance.random() < share else chance.random() / 2


def run(folder: Path, processes: bool) -> None:
    """Run the job on the shards in `folder`; print seconds, CPU seconds, peak MB and counts."""
    import numpy as np

    from pipelines.beam_runner import Jobs
    from pipelines.jobs.shard_job import run_shard_job
    from schemas.settings import Rounds
    from transforms.classifier.content_filter import ContentFilter
    from transforms.recall.collect_pages import CollectPages
    from transforms.recall.collection import Collection
    from transforms.storage.files import Storage
    from transforms.storage.output_tree import OutputTree
    from transforms.storage.shard import Shard
    from transforms.storage.shard_writer import describe

    tree = OutputTree(str(folder), Storage())
    folders = ("pages", "dedup", "rounds/01/scores")
    shards = [
        Shard(path.name, {name: describe(folder / name / path.name, f"{name}/{path.name}", 0)
                          for name in folders})
        for path in sorted((folder / "pages").glob("*.parquet"))
    ]  # fmt: skip
    parts = CollectPages(
        Collection(1, {}, ContentFilter(0)), 0.5, Rounds(), "scores", tree, np.asarray
    )
    start = time.perf_counter()
    size = 1 << 40 if processes else 0
    result = run_shard_job(
        "rounds/01/collected", shards, Shard.from_json, parts, tree, Jobs(), size
    )
    seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in used)
    counts = [result.counters[name] for name in ("mathematical_domains", "candidates")]
    counts.append(result.counters["unlisted_candidates"])
    print(f"{seconds:.0f}", f"{cpu:.0f}", *(f"{count:,}" for count in counts), sep="\t")


def watched(command: list[str]) -> tuple[list[str], int]:
    """Run a command; return the words that it prints, and the peak of its memory in MB."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            time.sleep(0.25)
            peak = max(peak, sum(map(_memory, _family(process.pid))))
        words = process.stdout.read().split() if process.stdout else []
    if process.returncode:
        raise SystemExit(process.returncode)
    return words, peak // 1024


def _family(process: int) -> list[int]:
    """Return the ids of a process and of those that it started, and so on."""
    try:
        tasks = Path(f"/proc/{process}/task").iterdir()
        text = " ".join((task / "children").read_text() for task in tasks)
    except OSError:  # it has ended
        return []
    return [process, *(member for child in text.split() for member in _family(int(child)))]


def _memory(process: int) -> int:
    """Return what a process holds in kB; of what several share, each holds its part."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> int:
    """Write the pages, and print one row for the job in one process and one for several."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=int, default=5_000_000)
    parser.add_argument("--domains", type=int, default=50_000)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--processes", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        run(args.run, bool(args.processes))
        return 0
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_pages(Path(folder), args.pages, args.domains)
        for processes in (0, os.cpu_count() or 1):
            command = [sys.executable, __file__, "--run", folder, "--processes", str(processes)]
            (seconds, cpu, *counts), peak = watched(command)
            rows.append((processes or 1, seconds, cpu, f"{peak:,}", *counts))
            for path in Path(folder, "rounds/01/collected").iterdir():
                path.unlink()
    headings = ("processes", "s", "CPU s", "peak MB", "domains", "candidates", "unlisted")
    print(table(rows, headings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
