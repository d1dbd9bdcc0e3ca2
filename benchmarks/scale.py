"""Measure how memory and CPU time per page of a run grow with the crawl, and what a file costs.

    pip install -c constraints.txt -e ".[mine]"
    python benchmarks/scale.py

Each run is a separate process on the in-memory runner. Pages are random words of mathematics or of
cooking, so that none is a copy. The crawls are 2, 8 and 32 WARC files of 250 pages, with token
budgets in proportion, and 2,000 pages in one WARC file or in a file each. CPU time is user and
system time of the process and its children. The time of a further page is the difference to the
crawl before it, without what a run costs once; the overhead of a file is the difference between the
last two crawls. Memory is the peak of the process plus that of its largest child.
"""

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402

FILES = (2, 8, 32)
PAGES_IN_FILE = 250
SINGLE_PAGES = 2_000
REPEATS = 3
STAGES = ("prepare", "dedup", "mine", "write")  # of benchmarks/stages.py
_WORDS = {
    "math": "theorem lemma proof integer prime sum series function continuous derivative integral "
    "matrix vector space linear group ring field polynomial equation inequality bounded limit "
    "converges sequence induction hypothesis corollary definition suppose therefore given root",
    "food": "flour butter sugar oven bake stir cream cake bread dough recipe cup spoon salt pepper "
    "chicken soup sauce onion garlic tomato cheese milk egg fry boil slice serve dish kitchen heat",
}
_RECORD = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://{kind}{site}.example/{number}\r\n"
    "WARC-Date: 2026-01-15T01:02:03Z\r\nContent-Type: application/http; msgtype=response\r\n"
    "Content-Length: {length}\r\n\r\n{block}\r\n\r\n"
)


def run(crawl: str, budget: int) -> dict[str, float]:
    """Run all stages on a crawl; return pages, CPU seconds of the stages, and peak MB."""
    from benchmarks.stages import run_stages
    from schemas.settings import load_settings

    settings = load_settings(ROOT / "configs" / "example.toml")
    rounds = replace(
        settings.rounds, cut="tokens", token_budget=(budget,), max_rounds=2, min_score=0.5
    )
    return run_stages(
        [crawl], str(ROOT / "examples" / "seed.jsonl"), replace(settings, rounds=rounds)
    )


def measure(crawl: Path, pages: int) -> dict[str, float]:
    """Call `run` in separate processes, with a budget for the mathematics of so many pages.

    The least of each figure counts: other work on the machine only adds to it.
    """
    command = [sys.executable, __file__, "--run", str(crawl), "--budget", str(100 * pages)]
    runs = []
    for _ in range(REPEATS):
        process = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        runs.append(json.loads(process.stdout.strip().splitlines()[-1]))
    return {name: min(figures[name] for figures in runs) for name in runs[0]}


def record(number: int) -> bytes:
    """Return a gzip member with the record of a page: every fourth is mathematics."""
    kind = "food" if number % 4 else "math"
    words = " ".join(random.Random(number).choices(_WORDS[kind].split(), k=300))
    html = f"<title>{number}</title><p>{words}.</p>"
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{html}"
    text = _RECORD.format(
        kind=kind, site=number % 25, number=number, length=len(block), block=block
    )
    return gzip.compress(text.encode(), mtime=0)


def write_crawl(folder: Path, files: int, pages_in_file: int) -> Path:
    """Write WARC files of so many pages each into a new folder."""
    folder.mkdir()
    for file in range(files):
        numbers = range(file * pages_in_file, (file + 1) * pages_in_file)
        (folder / f"{file:05}.warc.gz").write_bytes(b"".join(map(record, numbers)))
    return folder


def measure_growth(folder: Path) -> str:
    """Return a table of memory and CPU seconds by number of files, and ms for a further page."""
    rows, before = [], {"pages": 0.0, "all": 0.0}
    for files in FILES:
        crawl = write_crawl(folder / f"files-{files}", files, PAGES_IN_FILE)
        figures = measure(crawl, files * PAGES_IN_FILE)
        figures["all"] = sum(figures[stage] for stage in STAGES)
        further = 1000 * (figures["all"] - before["all"]) / (figures["pages"] - before["pages"])
        seconds = [figures[stage] for stage in (*STAGES, "all")]
        rows.append([files, int(figures["pages"]), *seconds, further, int(figures["peak_mb"])])
        before = figures
    heading = ["files", "pages", "prepare, s", *STAGES[1:], "all", "ms a further page", "MB"]
    return table(rows, heading)


def measure_files(folder: Path) -> str:
    """Return a table of the CPU time of pages in one file, and in a file each."""
    one = measure(write_crawl(folder / "one", 1, SINGLE_PAGES), SINGLE_PAGES)
    each = measure(write_crawl(folder / "each", SINGLE_PAGES, 1), SINGLE_PAGES)
    rows = [
        [stage, one[stage], each[stage], 1000 * (each[stage] - one[stage]) / SINGLE_PAGES]
        for stage in STAGES
    ]
    heading = ["", "one file, s", f"{SINGLE_PAGES} files, s", "ms a file"]
    peaks = f"peak memory: {one['peak_mb']:.0f} MB and {each['peak_mb']:.0f} MB"
    return f"{table(rows, heading)}\n{peaks}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("growth", "files"))
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--budget", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        print(json.dumps(run(args.run, args.budget)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "files":
            print(measure_growth(Path(folder)))
        if args.only != "growth":
            print(measure_files(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
