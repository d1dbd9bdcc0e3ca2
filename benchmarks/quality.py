"""Measure precision and recall of a corpus on pages that a reader has judged.

    python benchmarks/quality.py --data ../shared/data [--out out/quality]

Mines one crawl in several ways; what differs is what a user knows:

    unjudged     nothing but the seed; patterns are accepted by rule
    judged A, B  half of the judged pages (by hash) set the cutoff; measured on the other half
    300 seeds    the first 300 texts of the seed; `benchmarks/patterns.csv` labels the patterns

The judged pages represent the crawl by their weights; those judged `partly` count neither way. A
page counts as collected if the copy of it is that `dedup` kept. Intervals are 95 %, by the method
of decision 0021. The rows `no formulas` show whether a classifier sees more than dollar signs: it
scores each page with its formulas removed and collects as many tokens.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import fasttext
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.__main__ import main as mathmine  # noqa: E402
from pipelines.progress import table  # noqa: E402
from transforms.classifier.classifier_text import classifier_text  # noqa: E402
from transforms.classifier.probability import probability  # noqa: E402
from transforms.judging.estimates import Interval, precision_of, recall_of  # noqa: E402
from transforms.judging.judged_page import GIVEN, JudgedPage  # noqa: E402
from transforms.text.fingerprints import hash64  # noqa: E402

Key = tuple[str, int]  # WARC file and offset of a page
FORMULA = re.compile(r"\$\$[^$]+\$\$|\$[^$\n]+\$")
FEW_SEEDS = 300


@dataclass(frozen=True)
class Page:
    """A page of the crawl, the page that `dedup` kept of its copies, and whether it is Chinese."""

    id: int
    kept_id: int
    is_chinese: bool


def judged_rows(data: Path, half: int | None = None) -> list[dict]:
    """Return the judged pages, or half of them by hash: 0 or 1."""
    rows = list(map(json.loads, (data / "crawl/gold.jsonl").open(encoding="utf-8")))
    if half is None:
        return rows
    return [row for row in rows if hash64(f"half\n{row['file']}\n{row['offset']}") % 2 == half]


def write_verdicts(rows: Sequence[Mapping], path: Path) -> None:
    """Write judged pages as a file for `--judged`."""
    names = {"warc_file": "file", "warc_offset": "offset", "verdict": "label", "weight": "weight"}
    lines = (json.dumps({name: row[key] for name, key in names.items()}) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def pages_of(out: Path) -> dict[Key, Page]:
    """Return all pages of a prepared and deduplicated crawl."""
    pages: dict[Key, Page] = {}
    for shard in sorted((out / "pages").glob("*.parquet")):
        columns = ["id", "warc_file", "warc_offset", "language"]
        rows = pq.read_table(shard, columns=columns).to_pylist()
        copies = pq.read_table(out / "dedup" / shard.name, columns=["duplicate_of"]).column(0)
        for row, copy_of in zip(rows, copies.to_pylist(), strict=True):
            key = row["warc_file"], row["warc_offset"]
            kept = row["id"] if copy_of is None else copy_of
            pages[key] = Page(row["id"], kept, row["language"] == "zh")
    return pages


def collected_ids(folder: Path) -> set[int]:
    """Return the ids of the pages that a round collected."""
    ids: set[int] = set()
    for sidecar in (folder / "collected").glob("*.parquet"):
        rows = pq.read_table(sidecar, columns=["id", "collected"]).to_pylist()
        ids.update(row["id"] for row in rows if row["collected"])
    return ids


def collected_without_formulas(out: Path, folder: Path, tokens: int) -> set[int]:
    """Return the ids of the pages that a classifier ranks first if formulas are removed."""
    model = fasttext.load_model(str(folder / "classifier.bin"))
    least = json.loads((folder / "_MANIFEST.json").read_text())["identity"]["settings"]
    ranked = []
    for shard in sorted((out / "pages").glob("*.parquet")):
        keeps = pq.read_table(out / "dedup" / shard.name, columns=["keep"]).column(0).to_pylist()
        rows = pq.read_table(shard, columns=["id", "text", "tokens", "prose_words"]).to_pylist()
        for row, is_kept in zip(rows, keeps, strict=True):
            is_long = row["tokens"] >= least["min_tokens"]
            if is_kept and is_long and row["prose_words"] >= least["min_prose_words"]:
                line = classifier_text(FORMULA.sub(" ", row["text"]))
                ranked.append((probability(model, line), row["tokens"], row["id"]))
    ids: set[int] = set()
    for _, size, page_id in sorted(ranked, reverse=True):
        if tokens <= 0:
            break
        tokens -= size
        ids.add(page_id)
    return ids


def measure(
    rows: Sequence[Mapping], pages: Mapping[Key, Page], ids: set[int]
) -> tuple[Interval, Interval]:
    """Return precision and recall of the collected pages `ids` on judged pages."""
    verdicts, flags = [], []
    for number, row in enumerate(rows):
        page = pages.get((row["file"], row["offset"]))
        verdicts.append(JudgedPage(number, row["label"], row["weight"], GIVEN, "", None, None))
        flags.append(page is not None and page.kept_id in ids)
    return precision_of(verdicts, flags), recall_of(verdicts, flags)


def shown(interval: Interval) -> str:
    if interval.estimate is None:
        return "-"
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def rows_of(name: str, out: Path, judged: Sequence[Mapping], last_only: bool) -> list[list]:
    """Return the rows of the table about one run, measured on `judged`."""
    pages = pages_of(out)
    places = {(row["file"], row["offset"]) for row in judged}
    chinese = {key for key in places if key in pages and pages[key].is_chinese}
    in_chinese = [row for row in judged if (row["file"], row["offset"]) in chinese]

    def row(what: str, ids: set[int], cut: str, overlap: object) -> list[object]:
        precision, recall = measure(judged, pages, ids)
        on_chinese = "{} / {}".format(
            *(
                f"{i.estimate:.2f}" if i.estimate is not None else "-"
                for i in measure(in_chinese, pages, ids)
            )
        )
        return [name, what, cut, len(ids), shown(precision), shown(recall), on_chinese, overlap]

    rows = []
    folders = sorted((out / "rounds").iterdir())
    for folder in folders[-1:] if last_only else folders:
        result = json.loads((folder / "round.json").read_text())
        overlap = "" if result["overlap"] is None else result["overlap"]
        number = f"round {int(folder.name)}"
        rows.append(row(number, collected_ids(folder), result["cut"], overlap))
    if not last_only:
        ids = collected_without_formulas(out, folders[-1], result["collected_tokens"])
        rows.append(row("no formulas", ids, "", ""))
    return rows


def mine(data: Path, config: Path, seed: Path, out: Path, *more: str) -> None:
    """Mine rounds of a prepared crawl and write the corpus."""
    inputs = {
        "--config": config,
        "--crawl": data / "crawl",
        "--seed": seed,
        "--benchmarks": data / "bench/gsm8k/test.jsonl",
        "--out": out,
    }
    arguments = [str(word) for pair in inputs.items() for word in pair]
    if status := mathmine(["run", *arguments, *more]):
        sys.exit(status)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "quality")
    parser.add_argument("--config", type=Path, default=ROOT / "benchmarks" / "quality.toml")
    args = parser.parse_args()
    data, out = args.data, args.out
    if not (data / "crawl" / "gold.jsonl").exists():
        parser.error(f"no judged crawl in {data}: --data must name the folder that contains crawl/")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    seed, few = data / "seed/positives.jsonl", out / "few.jsonl"
    with seed.open(encoding="utf-8") as texts:
        few.write_text("".join(islice(texts, FEW_SEEDS)), encoding="utf-8")

    mine(data, args.config, seed, out / "unjudged", "--no-wait")
    rows = rows_of("unjudged", out / "unjudged", judged_rows(data), last_only=False)
    runs: list[tuple[str, Path, list[Mapping], list[str]]] = []
    for half, name in enumerate("AB"):
        verdicts = out / f"half_{name}.jsonl"
        write_verdicts(judged_rows(data, half), verdicts)
        other = judged_rows(data, 1 - half)
        runs.append((f"judged {name}", seed, other, ["--judged", str(verdicts)]))
    labels = ["--patterns", str(ROOT / "benchmarks/patterns.csv"), "--no-wait"]
    runs.append((f"{FEW_SEEDS} seeds", few, judged_rows(data), labels))
    for name, texts, measured_on, flags in runs:
        folder = out / name.replace(" ", "_")
        for stage in ("pages", "failures", "dedup"):
            shutil.copytree(out / "unjudged" / stage, folder / stage)
        mine(data, args.config, texts, folder, *flags)
        rows += rows_of(name, folder, measured_on, last_only=name.startswith("judged"))
    heading = ["run", "what", "cut by", "pages", "precision", "recall", "Chinese P / R", "overlap"]
    print("\n" + table(rows, heading))


if __name__ == "__main__":
    main()
