"""Compare the CPU time of extracting a page with resiliparse's main content extraction.

    python benchmarks/extract.py --data ../shared/data

Measures CPU time from bytes to text, with all limits except the child process, scaled to pages of
160 KB, on pages of the labelled crawl with and without mathematics: the minimum over repetitions.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402
from transforms.html.decode import decode_html  # noqa: E402
from transforms.pages.extract import extract  # noqa: E402
from transforms.warc.read import Capture, read_warc  # noqa: E402

REPETITIONS = 4
PAGE_SIZE = 160_000  # bytes


def main_content(page: Capture) -> str:
    """Extract a page's main content with resiliparse."""
    tree = HTMLTree.parse(decode_html(page.html, page.content_type))
    return extract_plain_text(tree, main_content=True)


def ours(page: Capture) -> str:
    """Extract a page's text with mathmine."""
    return extract(page.html, page.content_type).text


def pages_by_kind(crawl: Path, kinds: tuple[str, ...]) -> dict[str, list[Capture]]:
    """Return the pages of the labelled crawl that have one of the labels `kinds`, by label."""
    with (crawl / "labels.jsonl").open(encoding="utf-8") as lines:
        labels = {(row["file"], row["offset"]): row["kind"] for row in map(json.loads, lines)}
    pages: dict[str, list[Capture]] = {kind: [] for kind in kinds}
    for path in sorted(crawl.glob("*.warc.gz")):
        with path.open("rb") as file:
            for item in read_warc(file, 4_000_000):
                kind = isinstance(item, Capture) and labels.get((path.name, item.offset))
                if kind in pages:
                    pages[kind].append(item)
    return pages


def milliseconds(extractor: Callable[[Capture], str], pages: list[Capture]) -> float:
    """Return the CPU milliseconds per 160 KB of HTML, the minimum over repetitions."""
    best = float("inf")
    for _ in range(REPETITIONS):
        start = time.process_time()
        for page in pages:
            extractor(page)
        best = min(best, time.process_time() - start)
    return 1000 * best * PAGE_SIZE / sum(len(page.html) for page in pages)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument(
        "--pages", type=int, default=400, help="pages of each kind, drawn by a fixed seed"
    )
    args = parser.parse_args()
    if not (args.data / "crawl" / "labels.jsonl").exists():
        parser.error(
            f"no labelled crawl in {args.data}: --data must name the folder that contains crawl/"
        )
    rows = []
    for kind, pages in pages_by_kind(args.data / "crawl", ("nonmath", "math")).items():
        sample = random.Random(1).sample(pages, min(args.pages, len(pages)))
        size = sum(len(page.html) for page in sample) / len(sample) / 1000
        base, own = (milliseconds(extractor, sample) for extractor in (main_content, ours))
        rows.append([kind, len(sample), f"{size:.0f}", base, own, own / base])
    heading = ["pages", "number", "mean KB", "resiliparse ms", "mathmine ms", "ratio"]
    print(table(rows, heading))
    return 0


if __name__ == "__main__":
    sys.exit(main())
