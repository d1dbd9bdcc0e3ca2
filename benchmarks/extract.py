"""Compare the CPU time of extracting a page with resiliparse's main content extraction.

    python benchmarks/extract.py --data ../shared/data

Measures CPU time from bytes to text, with all limits except the child process: the minimum over
repetitions of each hundred pages, of which the contenders take turns. First scaled to pages of
160 KB, on pages of the labelled crawl with and without mathematics; then the mean over all pages of
the crawl, and over its English, German and French pages when nothing declares their encoding
(cp1252).
"""

import argparse
import json
import random
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402
from transforms.html.decode import decode_html  # noqa: E402
from transforms.html.limits import HostilePageError  # noqa: E402
from transforms.pages.extract import extract  # noqa: E402
from transforms.warc.read import Capture, read_warc  # noqa: E402

REPETITIONS = 3
BATCH = 100  # pages
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?[\w-]+")
PAGE_SIZE = 160_000  # bytes


def main_content(page: Capture) -> str:
    """Extract a page's main content with resiliparse."""
    tree = HTMLTree.parse(decode_html(page.html, page.content_type))
    return extract_plain_text(tree, main_content=True)


def ours(page: Capture) -> str:
    """Extract a page's text with mathmine."""
    try:
        return extract(page.html, page.content_type).text
    except HostilePageError:
        return ""


def all_pages(crawl: Path) -> list[tuple[str, Capture]]:
    """Return the pages of a crawl, each with the name of its file."""
    pages: list[tuple[str, Capture]] = []
    for path in sorted(crawl.glob("*.warc.gz")):
        with path.open("rb") as file:
            items = read_warc(file, 4_000_000)
            pages += [(path.name, item) for item in items if isinstance(item, Capture)]
    return pages


def pages_by_kind(
    crawl: Path, pages: list[tuple[str, Capture]], kinds: tuple[str, ...]
) -> dict[str, list[Capture]]:
    """Return the pages of the labelled crawl that have one of the labels `kinds`, by label."""
    with (crawl / "labels.jsonl").open(encoding="utf-8") as lines:
        labels = {(row["file"], row["offset"]): row["kind"] for row in map(json.loads, lines)}
    found: dict[str, list[Capture]] = {kind: [] for kind in kinds}
    for file, page in pages:
        kind = labels.get((file, page.offset))
        if kind in found:
            found[kind].append(page)
    return found


def milliseconds(pages: list[Capture]) -> tuple[float, float]:
    """Return the CPU milliseconds of resiliparse and of mathmine on all pages."""
    sums = [0.0, 0.0]
    for start in range(0, len(pages), BATCH):
        batch = pages[start : start + BATCH]
        best = [float("inf")] * 2
        for _ in range(REPETITIONS):
            for i, extractor in enumerate((main_content, ours)):
                before = time.process_time()
                for page in batch:
                    extractor(page)
                best[i] = min(best[i], time.process_time() - before)
        sums = [total + seconds for total, seconds in zip(sums, best, strict=True)]
    return 1000 * sums[0], 1000 * sums[1]


def undeclared(page: Capture) -> Capture | None:
    """Return a page in cp1252 that nothing declares, if it is English, German or French."""
    try:
        text = page.html.decode()
    except UnicodeDecodeError:
        return None
    if text.isascii() or not re.search("<html[^>]*lang=.?(?:en|de|fr)", text[:3000]):
        return None
    html = _CHARSET.sub(b"", text.encode("cp1252", "xmlcharrefreplace"))
    return None if html.isascii() else replace(page, html=html, content_type="text/html")


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
    crawl = all_pages(args.data / "crawl")
    for kind, pages in pages_by_kind(args.data / "crawl", crawl, ("nonmath", "math")).items():
        sample = random.Random(1).sample(pages, min(args.pages, len(pages)))
        size = sum(len(page.html) for page in sample) / len(sample) / 1000
        base, own = (
            value * PAGE_SIZE / sum(len(page.html) for page in sample)
            for value in milliseconds(sample)
        )
        rows.append([f"{kind}, 160 KB", len(sample), f"{size:.0f}", base, own, own / base])
    everything = [page for _, page in crawl]
    western = list(filter(None, map(undeclared, everything)))
    for kind, pages in (("all", everything), ("undeclared Western", western)):
        size = sum(len(page.html) for page in pages) / len(pages) / 1000
        base, own = (value / len(pages) for value in milliseconds(pages))
        rows.append([kind, len(pages), f"{size:.0f}", base, own, own / base])
    heading = ["pages", "number", "mean KB", "resiliparse ms", "mathmine ms", "ratio"]
    print(table(rows, heading))
    return 0


if __name__ == "__main__":
    sys.exit(main())
