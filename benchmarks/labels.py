"""Measure what labels cost per page: the time to find the label of a URL among 100,000 patterns.

    python benchmarks/labels.py

The URLs are of the forms that are common in a crawl, half of them with parameters. CPU time, after
the index was built; it is built once per process, in the time that is shown.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402
from transforms.patterns.url_patterns import UrlPatterns  # noqa: E402

_FORMS = {
    "folders of 5,000 hosts": "host{host}.example.org/section{number}",
    "hosts": "host{number}.example.org",
    "*.host/folder": "*.host{number}.org/questions",
    "host/A*/x": "host{number}.example.org/A*/x",
    "folder* of one host": "host1.example.org/questions/{number}*",
    "*text* of one host": "host1.example.org/*{number}x*",
    "eight * in a segment": "host1.example.org/*a*b*c*d*{number}*e*f*",
    "* in host and folders": "*.example.org/*/{number}*/*z",
    "parameters of one path": "host1.example.org/view.php?t={number}",
}
_URLS = (
    "https://www.host{host}.example.org/questions/{number}/some-title-of-it-{number}/?x={number}",
    "http://host1.example.org/{number}x-a/page.html",
    "http://host1.example.org/view.php?t={number}&b=2",
    "https://m.host{number}.org/questions/tagged/a%20b",
)


def main() -> int:
    """Print one row for each form of pattern."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--labels", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=40_000)
    args = parser.parse_args()
    urls = [_fill(_URLS[number % len(_URLS)], number) for number in range(args.pages)]
    rows = []
    for name, form in _FORMS.items():
        start = time.process_time()
        index = UrlPatterns({_fill(form, number): "accept" for number in range(args.labels)})
        built = time.process_time()
        labelled = sum(index.label(url) is not None for url in urls)
        seconds = time.process_time() - built
        rows.append((name, labelled, f"{seconds / len(urls) * 1e6:.1f}", f"{built - start:.1f}"))
    print(table(rows, (f"{args.labels:,} patterns", "labelled", "us per page", "s to build")))
    return 0


def _fill(form: str, number: int) -> str:
    return form.format(number=number, host=number % 5_000)


if __name__ == "__main__":
    sys.exit(main())
