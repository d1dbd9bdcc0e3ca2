"""Measure the CPU time per page of `prepare`, compared with its parts and with peers, and memory.

    pip install -c constraints.txt -e ".[mine,bench]"
    python benchmarks/prepare.py --crawl ../shared/data/crawl

Each contender reads the same WARC files in a separate process. CPU time is user and system time of
that process and its children, from the end of its imports; it is divided by the number of pages
that `prepare` makes. Files with a damaged member are left out, since the peers stop there. Memory
is the peak of `prepare` on the in-memory runner, on two files and on all: that of the process plus
that of its largest child.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402

Files = list[str]


def run_prepare(files: Files) -> int:
    """Run the stage as `mathmine` does, on the local runner in one process."""
    from pipelines.beam_runner import Jobs
    from pipelines.crawl_files import crawl_files
    from pipelines.stages.prepare import prepare
    from schemas.settings import Prepare
    from transforms.storage.output_tree import OutputTree

    jobs = Jobs(("--direct_running_mode=in_memory",))
    with tempfile.TemporaryDirectory() as folder:
        tree = OutputTree(folder, jobs.storage)
        start()
        result = prepare(crawl_files(files, jobs.storage), Prepare(), tree, jobs)
    return result.counters["pages"]


def run_loop(files: Files) -> int:
    """Call the same functions in a plain loop: no Beam, nothing written."""
    from schemas.records import Page
    from schemas.settings import Prepare
    from transforms.pages.make_page import make_page
    from transforms.warc.read import Capture, read_warc

    start()
    pages, settings = 0, Prepare()
    for path in files:
        with open(path, "rb") as file:
            for item in read_warc(file, settings.max_html_bytes):
                if isinstance(item, Capture):
                    pages += isinstance(make_page(item, path, "", settings), Page)
    return pages


def run_resiliparse(files: Files) -> int:
    """Use only FastWARC and resiliparse: read, decode, parse, extract plain text."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    from resiliparse.parse.html import HTMLTree

    start()
    pages = 0
    for path in files:
        with open(path, "rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response):
                status = record.http_headers.status_code
                if status == 200 and "html" in (record.http_content_type or ""):
                    html = record.reader.read()
                    tree = HTMLTree.parse(bytes_to_str(html, detect_encoding(html)))
                    pages += bool(extract_plain_text(tree))
    return pages


def run_datatrove(files: Files) -> int:
    """Run the start of datatrove's recipes: WarcReader, then Trafilatura, with their defaults."""
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader

    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder, "names")
        names.write_text("\n".join(map(os.path.basename, files)))
        start()
        documents = WarcReader(os.path.dirname(files[0]), paths_file=str(names)).run()
        return sum(1 for _ in Trafilatura().run(documents))


def is_undamaged(path: Path) -> bool:
    """Return whether FastWARC reads a file to its end."""
    from fastwarc.warc import ArchiveIterator

    try:
        with path.open("rb") as file:
            return all(record.record_id is not None for record in ArchiveIterator(file))
    except OSError:
        return False


def undamaged_files(crawl: Path, most: int | None = None) -> Files:
    """Return the first undamaged WARC files of a folder, all of them by default."""
    paths = sorted(crawl.resolve().glob("*.warc.gz"))
    return [str(path) for path in paths if is_undamaged(path)][:most]


CONTENDERS: dict[str, Callable[[Files], int]] = {
    "mathmine prepare": run_prepare,
    "the same in a loop": run_loop,
    "resiliparse alone": run_resiliparse,
    "datatrove, trafilatura": run_datatrove,
}


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its finished children."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def start() -> None:
    """Report the CPU seconds so far; a contender calls it after its imports."""
    print(json.dumps({"before": cpu_seconds()}))


def measure(name: str, files: Files) -> dict[str, float]:
    """Run a contender in a separate process; return CPU seconds, pages and peak MB."""
    command = [sys.executable, __file__, "--contender", name, *files]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    first, *_, last = process.stdout.strip().splitlines()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(last) | {"cpu": used - json.loads(first)["before"]}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--crawl", type=Path, default=ROOT / "examples" / "crawl")
    parser.add_argument("--most", type=int, help="measure CPU on only the first files")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the fastest counts")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.contender:
        pages = CONTENDERS[args.contender](args.files)
        both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
        peak = sum(resource.getrusage(who).ru_maxrss for who in both) / 1024
        print(json.dumps({"pages": pages, "peak_mb": peak}))
        return 0

    undamaged = undamaged_files(args.crawl)
    files = undamaged[: args.most]
    runs = [{name: measure(name, files) for name in CONTENDERS} for _ in range(args.repeat)]
    best = {
        name: min((run[name] for run in runs), key=lambda run: run["cpu"]) for name in CONTENDERS
    }
    ours = best["mathmine prepare"]
    pages = ours["pages"]
    rows = [
        [name, int(run["pages"]), 1000 * run["cpu"] / pages, run["cpu"] / ours["cpu"]]
        for name, run in best.items()
    ]
    print(table(rows, ["", "pages", "CPU ms per page", "relative"]))
    on_two, on_all = (
        measure("mathmine prepare", paths)["peak_mb"] for paths in (undamaged[:2], undamaged)
    )
    print(f"\npeak memory of prepare: {on_two:.0f} MB on 2 files, {on_all:.0f} on {len(undamaged)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
