"""Measure precision and recall of each round on pages that a reader has judged.

    python benchmarks/quality.py --data ../shared/data [--out out/quality]

Mines the same crawl twice: with `benchmarks/patterns.csv`, labelled as a person would label the
candidates, and unattended, by the accept rule of the configuration. The judged pages represent the
crawl by their weights; those judged `partly` are left out; copies of a page count as that page.
Confidence intervals are 95 %, by the method of decision 0021.

Each round is measured on the pages that it collected, the row `corpus` on what was written at the
end: of pages with the same text only one is left, and another version of it counts as lost. The row
`no formulas` shows whether the last classifier sees more than dollar signs: it scores each page
with its formulas removed and collects as many tokens.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import fasttext
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.__main__ import main as mathmine  # noqa: E402
from pipelines.progress import table  # noqa: E402
from transforms.classifier.classifier_text import classifier_text  # noqa: E402
from transforms.classifier.predict import probability  # noqa: E402
from transforms.judging.estimates import precision_of, recall_of  # noqa: E402
from transforms.judging.judged_page import GIVEN, JudgedPage  # noqa: E402

Key = tuple[str, int]  # WARC file and offset of a page
KEY_COLUMNS = ["warc_file", "warc_offset"]
FORMULA = re.compile(r"\$\$[^$]+\$\$|\$[^$\n]+\$")


@dataclass(frozen=True)
class Judged:
    """A page that a reader has judged, with its weight in the crawl and the group of its copies."""

    weight: float
    is_math: bool
    group: str
    is_chinese: bool


def load_labels(path: Path) -> dict[Key, dict]:
    """Return the label of every page of the crawl."""
    rows = map(json.loads, path.open(encoding="utf-8"))
    return {(row["file"], row["offset"]): row for row in rows}


def load_gold(path: Path, labels: dict[Key, dict]) -> list[Judged]:
    """Return the judged pages, without those judged `partly`."""
    judged = []
    for row in map(json.loads, path.open(encoding="utf-8")):
        label = labels[row["file"], row["offset"]]
        if row["label"] != "partly":
            is_chinese = str(label["lang"]).startswith("zh")
            judged.append(Judged(row["weight"], row["label"] == "math", group(label), is_chinese))
    return judged


def group(label: dict) -> str:
    """Return the key that the copies of a page share: a near-duplicate group, or a URL."""
    return label["near_group"] or label["dup_of"] or label["url"]


def precision_recall(pages: Iterable[Judged], groups: set[str]) -> tuple[float, float]:
    """Return weighted precision and recall if the pages of `groups` are collected."""
    true_positives = positives = math = 1e-9
    for page in pages:
        is_collected = page.group in groups
        positives += page.weight * is_collected
        math += page.weight * page.is_math
        true_positives += page.weight * (is_collected and page.is_math)
    return true_positives / positives, true_positives / math


def with_intervals(pages: list[Judged], groups: set[str]) -> tuple[str, str]:
    """Return precision and recall as text, with their confidence intervals."""
    verdicts = [
        JudgedPage(n, "math" if page.is_math else "no", page.weight, GIVEN, "", None, None)
        for n, page in enumerate(pages)
    ]
    flags = [page.group in groups for page in pages]
    texts = []
    for interval in (precision_of(verdicts, flags), recall_of(verdicts, flags)):
        texts.append(f"{interval.estimate or 0:.3f} [{interval.low:.3f}, {interval.high:.3f}]")
    return texts[0], texts[1]


def keys_of(rows: pa.Table) -> list[Key]:
    return list(zip(*(rows.column(name).to_pylist() for name in KEY_COLUMNS), strict=True))


def collected(out: Path, number: int) -> set[Key]:
    """Return the pages that round `number` collected."""
    keys: set[Key] = set()
    for sidecar in (out / f"rounds/{number:02}/collected").glob("*.parquet"):
        pages = pq.read_table(out / "pages" / sidecar.name, columns=KEY_COLUMNS)
        flags = pq.read_table(sidecar, columns=["collected"]).column(0).to_pylist()
        keys.update(key for key, flag in zip(keys_of(pages), flags, strict=True) if flag)
    return keys


def written(out: Path) -> set[Key]:
    """Return the pages of the corpus."""
    files = (out / "corpus").glob("*.parquet")
    return {key for file in files for key in keys_of(pq.read_table(file, columns=KEY_COLUMNS))}


def collected_without_formulas(out: Path, folder: Path) -> set[Key]:
    """Return the pages that a round's classifier and budget collect if formulas are removed."""
    model = fasttext.load_model(str(folder / "classifier.bin"))
    identity = json.loads((folder / "_MANIFEST.json").read_text())["identity"]["settings"]
    ranked = []
    for shard in sorted((out / "pages").glob("*.parquet")):
        pages = pq.read_table(shard, columns=[*KEY_COLUMNS, "text", "tokens"])
        texts, tokens = pages.column("text").to_pylist(), pages.column("tokens").to_pylist()
        for key, text, size in zip(keys_of(pages), texts, tokens, strict=True):
            if size >= identity["min_tokens"]:
                score = probability(model, classifier_text(FORMULA.sub(" ", text)))
                ranked.append((score, size, key))
    keys: set[Key] = set()
    budget = identity["token_budget"]
    for _, size, key in sorted(ranked, reverse=True):
        if budget <= 0:
            break
        budget -= size
        keys.add(key)
    return keys


def rows_of(name: str, out: Path, labels: dict[Key, dict], gold: list[Judged]) -> list[list]:
    rows = []
    chinese = [page for page in gold if page.is_chinese]

    def row(what: object, keys: set[Key], overlap: object) -> list[object]:
        groups = {group(labels[key]) for key in keys}
        precision, recall = with_intervals(gold, groups)
        on_chinese = "{:.2f} / {:.2f}".format(*precision_recall(chinese, groups))
        return [name, what, len(keys), precision, recall, on_chinese, overlap]

    folders = sorted((out / "rounds").iterdir())
    for folder in folders:
        overlap = json.loads((folder / "round.json").read_text())["overlap"]
        rows.append(row(f"round {int(folder.name)}", collected(out, int(folder.name)), overlap))
    rows.append(row("no formulas", collected_without_formulas(out, folders[-1]), ""))
    rows.append(row("corpus", written(out), ""))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "quality")
    parser.add_argument("--config", type=Path, default=ROOT / "benchmarks" / "quality.toml")
    args = parser.parse_args()
    if not (args.data / "crawl" / "gold.jsonl").exists():
        parser.error(
            f"no judged crawl in {args.data}: --data must name the folder that contains crawl/"
        )

    labels = load_labels(args.data / "crawl" / "labels.jsonl")
    gold = load_gold(args.data / "crawl" / "gold.jsonl", labels)
    rows = []
    for name, more in (
        ("labelled", ["--labels", str(ROOT / "benchmarks" / "patterns.csv")]),
        ("unattended", []),
    ):
        out = args.out / name
        shutil.rmtree(out, ignore_errors=True)
        inputs = {
            "--config": args.config,
            "--crawl": args.data / "crawl",
            "--seed": args.data / "seed" / "positives.jsonl",
            "--benchmarks": args.data / "bench",
            "--out": out,
        }
        arguments = [str(word) for pair in inputs.items() for word in pair]
        if status := mathmine(["run", *arguments, *more]):
            return status
        rows += rows_of(name, out, labels, gold)
    heading = ["run", "what", "pages", "precision", "recall", "Chinese P / R", "overlap"]
    print("\n" + table(rows, heading))
    return 0


if __name__ == "__main__":
    sys.exit(main())
