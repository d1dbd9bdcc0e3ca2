"""Compare numbers of epochs of the classifier on the pages of a crawl that people have judged.

    mathmine prepare --config configs/small.toml --crawl ../shared/data/crawl --out out/crawl
    mathmine dedup --config configs/small.toml --out out/crawl
    python benchmarks/classifier.py --out out/crawl --seed ../shared/data/seed/positives.jsonl \
        --judged ../shared/data/crawl/labels.jsonl [--texts 50,100,300,1300] [--draws 3]

Trains on `--draws` random subsets of the seed of each number of texts, with the candidates that the
program would try or with `--epochs 1,6,25`, and prints for each the ranking loss and the log loss
on the held-out texts, the average precision on the judged pages of either half of the sites, and
precision and recall at the score that 95 % of the held-out texts of the seed reach. `*` marks the
candidate that the program chooses. A judged page is a row with `file` and `offset`, and `label` or
`kind`: `math` is mathematics, `no` and `nonmath` are not, and other pages are left out. `weight` is
optional. Judged copies count as the page that is kept; pages without content are left out, since no
round collects them.

`--math-share .1` takes nine tenths of the mathematics out of the crawl: all of its pages must be
judged. `--unsplit` does not split scripts without spaces by character. `--fasttext FOLDER` uses a
build of fastText there (`pip install --target FOLDER`): the figures in decision 0005 are from one
of which `DenseMatrix::uniform` with one thread calls `uniformThread` for all ten blocks.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

from pipelines.progress import table  # noqa: E402
from schemas.settings import Classifier, Rounds  # noqa: E402
from transforms.classifier import choose_epochs  # noqa: E402
from transforms.classifier import classifier_text as normalised  # noqa: E402
from transforms.classifier.content_filter import ContentFilter, has_content  # noqa: E402
from transforms.classifier.fit_fasttext import fit_fasttext  # noqa: E402
from transforms.classifier.held_out import BucketCounts, plan_held_out  # noqa: E402
from transforms.classifier.ranking_loss import equal_weights, ranking_losses  # noqa: E402
from transforms.classifier.sample import (  # noqa: E402
    MATH,
    Eligible,
    Sampling,
    count_eligible,
    plan_sampling,
    sample_shard,
)
from transforms.classifier.seed import SeedFiles, seed_texts  # noqa: E402
from transforms.classifier.training_lines import (  # noqa: E402
    TrainingFiles,
    sample_lines,
    seed_lines,
    write_texts,
)
from transforms.storage.files import Storage  # noqa: E402
from transforms.storage.output_tree import OutputTree  # noqa: E402
from transforms.storage.shard import Shard  # noqa: E402
from transforms.storage.shard_writer import describe  # noqa: E402
from transforms.text.fingerprints import hash64  # noqa: E402

IS_MATH = {"math": True, "no": False, "nonmath": False}
UNSPLIT = re.compile(r"\\[a-z]+|[^\W\d_]+|\$(?![ ]?\d)|[\^_{}=+<>&\\]")
RECALL = 0.95  # of the held-out texts of the seed, at the cutoff


@dataclass(frozen=True)
class Judged:
    """A judged page: its line, and what the figures need to know."""

    id: int
    line: str
    is_math: bool
    weight: float
    half: int
    is_chinese: bool


def in_share(key: str, share: float) -> bool:
    """Return whether a key is in a random share of all keys."""
    return (hash64(key) + (1 << 63)) / (1 << 64) < share


def load_judged(out: Path, file: Path) -> list[Judged]:
    """Return the judged pages of a crawl, with the lines of the copies that dedup kept."""
    wanted = {}
    for row in map(json.loads, file.open(encoding="utf-8")):
        verdict = IS_MATH.get(row.get("label", row.get("kind")))
        if verdict is not None:
            wanted[row["file"], row["offset"]] = (verdict, row.get("weight", 1.0))
    pages, kept_as = {}, {}
    content = ContentFilter.from_settings(Rounds())
    columns = ["id", "domain", "language", "text", "warc_file", "warc_offset"]
    for path in sorted((out / "pages").glob("*.parquet")):
        rows = pq.read_table(path)
        copies = pq.read_table(out / "dedup" / path.name, columns=["keep", "duplicate_of"])
        for row, copy, good in zip(
            rows.select(columns).to_pylist(),
            copies.to_pylist(),
            has_content(rows, content).tolist(),
            strict=True,
        ):
            pages[row["id"]] = row | {"good": good}
            key = (Path(row["warc_file"]).name, row["warc_offset"])
            kept_as[key] = row["id"] if copy["keep"] else copy["duplicate_of"]
    judged = {}
    for key, (verdict, weight) in wanted.items():
        page = pages.get(kept_as.get(key))
        if page is not None and page["good"] and page["id"] not in judged:
            line = normalised.classifier_text(page["text"])
            half = int(in_share(f"half\n{page['domain']}", 0.5))
            is_chinese = page["language"] == "zh"
            judged[page["id"]] = Judged(page["id"], line, verdict, weight, half, is_chinese)
    return list(judged.values())


def tree_of(out: Path, folder: Path) -> tuple[OutputTree, list[Shard]]:
    """Return an output tree for samples that reads the pages of another one, and its shards."""
    tree = OutputTree(str(folder), Storage())
    for name in ("pages", "dedup"):
        (folder / name).symlink_to((out / name).resolve())
    shards = []
    for path in sorted((out / "pages").glob("*.parquet")):
        files = {
            name: describe(folder / name / path.name, f"{name}/{path.name}", 0)
            for name in ("pages", "dedup")
        }
        shards.append(Shard(path.name, files))
    return tree, shards


def write_seed(seed: Path, target: Path, texts: int, draw: int) -> SeedFiles:
    """Write a random subset of the seed to a file."""
    lines = seed.read_text(encoding="utf-8").splitlines()
    lines = sorted(lines, key=lambda line: hash64(f"{draw}\n{line}"))[:texts]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    counts = BucketCounts()
    number = counts.add((text.domain, text.key) for text in seed_texts(str(target), Storage()))
    digests = {str(target): Storage().sha256(str(target))}
    return SeedFiles(digests, number, plan_held_out(counts))


def training_files(
    shards: list[Shard], tree: OutputTree, seed: SeedFiles, never: frozenset[int], folder: Path
) -> TrainingFiles:
    """Sample as the first round does, and write what is trained on and scored."""
    settings = Rounds()
    nothing_drawn = Sampling(1, {}, ContentFilter.from_settings(settings), never=never)
    counts = (count_eligible(shard, nothing_drawn, tree) for shard in shards)
    sampling = plan_sampling(sum(counts, start=Eligible()), nothing_drawn, seed.texts, settings)
    parts = [sample_shard(shard, sampling, folder.name, tree) for shard in shards]
    samples = sample_lines([part.outputs[0] for part in parts], tree)
    lines = chain(seed_lines(seed, sampling, tree), samples)
    return write_texts(lines, folder, settings.positives, settings.negatives)


def average_precision(pages: list[Judged], scores: np.ndarray) -> float:
    """Return the weighted average precision of a ranking; ties rank as in the input."""
    order = np.argsort(-scores, kind="stable")
    weights = np.array([pages[i].weight for i in order])
    math = np.array([pages[i].is_math for i in order]) * weights
    precision = np.cumsum(math) / np.cumsum(weights)
    return float((precision * math).sum() / math.sum())


def precision_recall(pages: list[Judged], collected: np.ndarray) -> tuple[float, float]:
    """Return weighted precision and recall."""
    weights = np.array([page.weight for page in pages])
    math = np.array([page.is_math for page in pages]) * weights
    found = (math * collected).sum()
    return found / max(1e-9, (weights * collected).sum()), found / max(1e-9, math.sum())


def log_loss(math: np.ndarray, other: np.ndarray, weights: np.ndarray) -> float:
    """Return the mean log loss; both labels have the same weight, as in training."""
    losses = -np.log(np.maximum(1e-9, math)), -np.log(np.maximum(1e-9, 1 - other))
    return float(losses[0].mean() + np.average(losses[1], weights=weights)) / 2


def rows_of(
    files: TrainingFiles, judged: list[Judged], settings: Classifier, epochs: list[int]
) -> Iterator[tuple[list[object], np.ndarray]]:
    """Yield the figures of each candidate, and its losses."""
    scored = files.folder / "scored.txt"
    lines = files.scored.read_text(encoding="utf-8")
    scored.write_text(lines + "".join(f"{page.line}\n" for page in judged), encoding="utf-8")
    is_math = np.array([text.label == MATH for text in files.held_out])
    weights = equal_weights([text.domain for text in files.held_out if text.label != MATH])
    halves = np.array([page.half for page in judged])
    texts = files.trained_on.total()
    given = [(count, settings.learning_rate or choose_epochs.PAPER_RATE) for count in epochs]
    for count, rate in given or choose_epochs.candidates(settings.learning_rate, texts):
        changed = replace(settings, epochs=count, learning_rate=rate)
        scores = fit_fasttext(files.training, None, changed, scored)
        held_out, of_judged = scores[: len(is_math)], scores[len(is_math) :]
        losses = ranking_losses(held_out[is_math], held_out[~is_math], weights)
        precisions = [
            average_precision(
                [page for page in judged if page.half == half], of_judged[halves == half]
            )
            for half in (0, 1)
        ]
        collected = of_judged >= np.quantile(held_out[is_math], 1 - RECALL, method="lower")
        chinese = [page.is_chinese for page in judged]
        of_chinese = [page for page in judged if page.is_chinese]
        figures = [
            *precision_recall(judged, collected),
            precision_recall(of_chinese, collected[chinese])[1],
        ]
        log = log_loss(held_out[is_math], held_out[~is_math], weights)
        yield [count, rate, losses.mean(), log, *precisions, *figures], losses


def mark(rows: list[tuple[list[object], np.ndarray]], settings: Classifier, texts: int) -> int:
    """Return the index of the row that the program would choose, or -1."""
    losses = {(row[0], row[1]): values for row, values in rows}

    def fit(epochs: int, rate: float, model: Path | None) -> np.ndarray:
        return losses.get((epochs, rate), np.empty(0))

    choice = choose_epochs.fit_best(settings, texts, True, fit, Path(os.devnull))
    keys = list(losses)
    key = (choice.epochs, choice.learning_rate)
    return keys.index(key) if key in keys else -1


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=Path, required=True)
    parser.add_argument("--judged", type=Path, required=True)
    parser.add_argument("--texts", default="50,100,300,1300")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--math-share", type=float, default=1.0)
    parser.add_argument("--dimension", type=int, default=32)
    parser.add_argument("--buckets", type=int, default=200_000)
    parser.add_argument("--epochs")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--unsplit", action="store_true")
    parser.add_argument("--fasttext", type=Path)
    args = parser.parse_args()
    if args.unsplit:
        normalised._TOKEN = UNSPLIT
    out, seed, judged_file = args.out.resolve(), args.seed.resolve(), args.judged.resolve()
    if args.fasttext:
        os.chdir(args.fasttext)  # `python -m` looks there first
    settings = Classifier(
        dimension=args.dimension,
        buckets=args.buckets,
        learning_rate=args.learning_rate,
    )
    judged = load_judged(out, judged_file)
    never = frozenset(
        page.id
        for page in judged
        if page.is_math and not in_share(f"math\n{page.id}", args.math_share)
    )
    judged = [page for page in judged if page.id not in never]
    printed: list[list[object]] = []
    for texts in map(int, args.texts.split(",")):
        for draw in range(1, args.draws + 1):
            with tempfile.TemporaryDirectory() as folder:
                inner = Path(folder, f"{texts}-{draw}")
                inner.mkdir()
                tree, shards = tree_of(out, Path(folder))
                drawn = write_seed(seed, inner / "seed.jsonl", texts, draw)
                files = training_files(shards, tree, drawn, never, inner)
                epochs = [int(count) for count in args.epochs.split(",")] if args.epochs else []
                rows = list(rows_of(files, judged, settings, epochs))
                chosen = -1 if epochs else mark(rows, settings, files.trained_on.total())
            for number, (row, _) in enumerate(rows):
                cells = [f"{value:.4g}" if isinstance(value, float) else value for value in row]
                printed.append([texts, draw, *cells, "*" if number == chosen else ""])
    heading = ["texts", "draw", "epochs", "rate", "loss", "log loss", "AP 1", "AP 2"]
    print(table(printed, [*heading, "precision", "recall", "zh recall", ""]))


if __name__ == "__main__":
    main()
