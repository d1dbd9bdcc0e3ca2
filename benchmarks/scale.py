"""Measure how memory and CPU time per page of a run grow with the crawl, and what a file costs.

    pip install -c constraints.txt -e ".[mine]"
    python benchmarks/scale.py

Each run is a separate process on the in-memory runner. The crawls are 1, 4 and 16 copies of
`--crawl`, with token budgets in proportion, and 2,000 small pages in one WARC file or in a file
each. CPU time is user and system time of the process and its children. The time of a further page
is the difference to the crawl before it, without what a run costs once; the overhead of a file is
the difference between the two crawls of small pages. Memory is the peak of the process plus that
of its largest child.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402

COPIES = (1, 4, 16)
STAGES = ("prepare", "mine", "write")
SMALL_PAGES = 2_000
_TEXTS = (
    "A lemma on integers and its proof by induction: the sum of the series is bounded above. ",
    "A cake of flour, butter and sugar: stir it, bake it in the oven and serve it with cream. ",
)
_RECORD = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://site{site}.example/{number}\r\n"
    "WARC-Date: 2026-01-15T01:02:03Z\r\nContent-Type: application/http; msgtype=response\r\n"
    "Content-Length: {length}\r\n\r\n{block}\r\n\r\n"
)


def run(crawl: str, copies: int) -> dict[str, float]:
    """Run all stages on a crawl; return pages, CPU seconds of the stages, and peak MB."""
    from pipelines.beam_runner import Jobs
    from pipelines.crawl_files import crawl_files
    from pipelines.stages.input_files import read_benchmarks, read_seed
    from pipelines.stages.mine import mine
    from pipelines.stages.prepare import prepare
    from pipelines.stages.write import write
    from schemas.settings import load_settings
    from transforms.storage.output_tree import OutputTree

    jobs = Jobs(("--direct_running_mode=in_memory",))
    settings = load_settings(ROOT / "configs" / "example.toml")
    budget = tuple(copies * tokens for tokens in settings.rounds.token_budget)
    rounds = replace(settings.rounds, token_budget=budget, max_rounds=2, min_score=0.5)
    seed = read_seed([str(ROOT / "examples" / "seed.jsonl")], jobs.storage)
    benchmarks = read_benchmarks(str(ROOT / "examples" / "benchmarks"), jobs.storage)
    with tempfile.TemporaryDirectory() as folder:
        tree = OutputTree(folder, jobs.storage)
        times = [cpu_seconds()]
        pages = prepare(crawl_files([crawl], jobs.storage), settings.prepare, tree, jobs)
        times.append(cpu_seconds())
        mined = mine(pages, seed, [], rounds, tree, jobs)
        times.append(cpu_seconds())
        write(pages, mined.rounds, benchmarks, settings.write, tree, jobs)
        times.append(cpu_seconds())
    figures = {"pages": pages.counters["pages"], "rounds": len(mined.rounds)}
    figures |= {stage: times[i + 1] - times[i] for i, stage in enumerate(STAGES)}
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    peak = sum(resource.getrusage(who).ru_maxrss for who in both) / 1024
    return figures | {"peak_mb": peak}


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its finished children."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def measure(crawl: Path, copies: int = 1) -> dict[str, float]:
    """Call `run` in a separate process."""
    command = [sys.executable, __file__, "--run", str(crawl), "--copies", str(copies)]
    process = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(process.stdout.strip().splitlines()[-1])


def small_page(number: int) -> bytes:
    """Return a gzip member with a record of a page that no other page equals."""
    html = f"<title>{number}</title><p>Page {number}. {_TEXTS[number % 2] * 6}</p>"
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{html}"
    site = number % 50
    record = _RECORD.format(site=site, number=number, length=len(block), block=block)
    return gzip.compress(record.encode(), mtime=0)


def copied(crawl: Path, copies: int, target: Path) -> Path:
    """Link `copies` copies of a crawl into a folder."""
    for copy in range(copies):
        folder = target / f"{copy:02}"
        folder.mkdir(parents=True)
        for file in sorted(crawl.resolve().glob("*.warc.gz")):
            (folder / file.name).symlink_to(file)
    return target


def measure_growth(crawl: Path, folder: Path) -> str:
    """Return a table of memory and CPU seconds by number of copies, and ms for a further page."""
    rows, before = [], {"pages": 0.0, "all": 0.0}
    for copies in COPIES:
        figures = measure(copied(crawl, copies, folder / f"copies-{copies}"), copies)
        figures["all"] = sum(figures[stage] for stage in STAGES)
        further = 1000 * (figures["all"] - before["all"]) / (figures["pages"] - before["pages"])
        seconds = [figures[stage] for stage in (*STAGES, "all")]
        peak = int(figures["peak_mb"])
        rows.append([f"{copies}x", int(figures["pages"]), *seconds, further, peak])
        before = figures
    heading = ["crawl", "pages", "prepare, s", "mine", "write", "all", "ms a further page", "MB"]
    return table(rows, heading)


def measure_files(folder: Path) -> str:
    """Return a table of the CPU time of small pages, in one file and in a file each."""
    members = [small_page(number) for number in range(SMALL_PAGES)]
    (folder / "one").mkdir()
    (folder / "one" / "all.warc.gz").write_bytes(b"".join(members))
    (folder / "each").mkdir()
    for number, member in enumerate(members):
        (folder / "each" / f"{number:05}.warc.gz").write_bytes(member)
    one, each = measure(folder / "one"), measure(folder / "each")
    rows = [
        [name, one[name], each[name], 1000 * (each[name] - one[name]) / SMALL_PAGES]
        for name in STAGES
    ]
    heading = ["", "one file, s", f"{SMALL_PAGES} files, s", "ms a file"]
    peaks = f"peak memory: {one['peak_mb']:.0f} MB and {each['peak_mb']:.0f} MB"
    return f"{table(rows, heading)}\n{peaks}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--crawl", type=Path, default=ROOT / "examples" / "crawl")
    parser.add_argument("--only", choices=("growth", "files"))
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--copies", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        print(json.dumps(run(args.run, args.copies)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "files":
            print(measure_growth(args.crawl, Path(folder)))
        if args.only != "growth":
            print(measure_files(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
