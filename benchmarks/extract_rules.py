"""Switch each rule of the main text off alone and print what it changes.

usage: python benchmarks/extract_rules.py CHECKS

CHECKS is the folder `checks/extraction` of the shared data. Precision, recall and F1 of words are
means over the pages; a rule pays if F1 is lower without it.
"""

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transforms.content import boilerplate, declared, main_text
from transforms.pages.extract import extract
from transforms.text.words import words

_FORMULA = re.compile(r"\$\$?[^$]+\$\$?")  # the true texts of `math` have none
_Pages = list[tuple[Counter[str], bytes]]
_OFF: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "lines that recur": (boilerplate, "_without_recurring_lines", lambda blocks: blocks),
    "lines of links": (boilerplate, "_is_link_line", lambda _block: False),
    "datelines": (boilerplate, "_is_dateline", lambda _block: False),
    "labels without values": (boilerplate, "_is_label_of_value", lambda _block: False),
    "links to other pages": (boilerplate, "_before_related_links", lambda blocks, _total: blocks),
    "edges": (boilerplate, "_trimmed", lambda blocks: blocks),
    "notices": (boilerplate, "_is_notice", lambda _block: False),
    "headings without text": (boilerplate, "_with_content", lambda blocks: blocks),
    "teasers": (boilerplate, "without_teasers", lambda blocks, _is_dateline: blocks),
    "declared asides": (main_text, "without_asides", lambda blocks, _regions: blocks),
    "declared bodies": (declared, "_is_body", lambda _words: False),
    "copies": (main_text, "without_copies", lambda blocks: blocks),
    "main region": (main_text, "main_region", lambda blocks, _regions: blocks),
}


def main() -> None:
    """Print a row for all rules, and one without each."""
    for name in ("general", "math"):
        pages = _read(Path(sys.argv[1]) / "data" / name)
        print(f"{name}, {len(pages)} pages: precision, recall, F1")
        _print("all rules", pages, name == "math")
        for rule, (module, function, off) in _OFF.items():
            original = getattr(module, function)
            setattr(module, function, off)
            declared._kind.cache_clear()
            _print(f"without {rule}", pages, name == "math")
            setattr(module, function, original)
            declared._kind.cache_clear()


def _read(folder: Path) -> _Pages:
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("gt/*"))]
    return [
        (
            Counter(words(truth["text"])),
            gzip.decompress((folder / "pages" / f"{truth['id']}.html.gz").read_bytes()),
        )
        for truth in truths
    ]


def _print(name: str, pages: _Pages, has_formulas: bool) -> None:
    scores = [_score(truth, _words(html, has_formulas)) for truth, html in pages]
    means = (sum(values) / len(scores) for values in zip(*scores, strict=True))
    print(f"  {name:<32}" + "".join(f"{mean:8.4f}" for mean in means), flush=True)


def _words(html: bytes, has_formulas: bool) -> Counter[str]:
    text = extract(html).text
    return Counter(words(_FORMULA.sub(" ", text) if has_formulas else text))


def _score(truth: Counter[str], found: Counter[str]) -> tuple[float, float, float]:
    common = (truth & found).total()
    precision, recall = common / max(1, found.total()), common / max(1, truth.total())
    return precision, recall, 2 * common / max(1, found.total() + truth.total())


if __name__ == "__main__":
    main()
