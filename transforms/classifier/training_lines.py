"""Write the training file of the classifier, drawn and ordered by hash, and the held-out texts."""

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from schemas.errors import InputError
from schemas.manifest import Output
from transforms.classifier.classifier_text import classifier_text
from transforms.classifier.sample import HELD_OUT, JUDGED, MATH, OTHER, SEED, Sampling
from transforms.classifier.seed import SeedFiles, seed_names, seed_texts
from transforms.storage.output_tree import OutputTree, read_batches
from transforms.text.fingerprints import hash64

_BUCKETS = 64  # of a bucket sort on disk: memory holds a 64th of the lines


class Line(NamedTuple):
    """A text as the classifier reads it, its label, and its rank in the order of the round."""

    rank: int
    label: str
    text: str


class HeldOutText(NamedTuple):
    """A text that is only scored.

    It is of the seed (`math`, without an id), of the crawl (`other`), or of an older crawl, of
    which people judged it (`judged`).
    """

    label: str
    domain: str
    id: int | None
    text: str


@dataclass
class TrainingFiles:
    """The lines to train on and to score, in files of a folder, and what is known of them.

    `trained_on` are numbers of lines by label; `left_out` is the number of texts that would be
    trained on if no held-out text were the same; `held_out` are without their texts, in the order
    of their lines.
    """

    folder: Path
    trained_on: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    held_out: list[HeldOutText] = field(default_factory=list)

    @property
    def training(self) -> Path:
        """Return fastText's training file."""
        return self.folder / "train.txt"

    @property
    def scored(self) -> Path:
        """Return the file of held-out texts, one a line."""
        return self.folder / "held_out.txt"


def seed_lines(
    seed: SeedFiles, sampling: Sampling, tree: OutputTree
) -> Iterator[Line | HeldOutText]:
    """Yield the held-out texts of the seed, and of the others those drawn, as positives.

    Raises InputError for a file that has another digest than when the run began.
    """
    for file, name in seed_names(list(seed.digests)).items():
        if tree.storage.sha256(file) != seed.digests[file]:
            raise InputError(f"--seed {file} has changed since the run began: run it again")
        for number, text in enumerate(seed_texts(file, tree.storage)):
            key = f"{name}\n{number}"
            if seed.held_out.holds(text.domain, text.key):
                yield HeldOutText(MATH, text.domain, None, classifier_text(text.text))
            elif sampling.draws(SEED, key):
                yield Line(sampling.rank(SEED, key), MATH, classifier_text(text.text))


def judged_lines(carried: Output, tree: OutputTree) -> Iterator[HeldOutText]:
    """Yield the judged pages of older crawls."""
    with tree.open_parquet(carried) as parquet:
        for batch in read_batches(parquet, ["id", "domain", "text"]):
            for page_id, domain, text in zip(*(c.to_pylist() for c in batch), strict=True):
                yield HeldOutText(JUDGED, domain, page_id, classifier_text(text))


def sample_lines(samples: Iterable[Output], tree: OutputTree) -> Iterator[Line | HeldOutText]:
    """Yield the pages that `sample_shard` drew."""
    for sample in samples:
        with tree.open_parquet(sample) as parquet:
            for batch in read_batches(parquet, ["rank", "label", "text", "domain", "id"]):
                for rank, label, text, domain, page_id in zip(
                    *(column.to_pylist() for column in batch), strict=True
                ):
                    if label == HELD_OUT:
                        yield HeldOutText(OTHER, domain, page_id, text)
                    else:
                        yield Line(rank, label, text)


def write_texts(
    texts: Iterable[Line | HeldOutText], folder: Path, positives: int, negatives: int
) -> TrainingFiles:
    """Write the training file, in order of rank, and the file of held-out texts, to a folder.

    The `positives` positives of lowest rank are written. If there are fewer, the number of
    negatives shrinks in proportion. Of equal held-out texts the first is kept, and texts that are
    equal to one are not trained on, wherever they come from.
    """
    files = TrainingFiles(folder)
    with tempfile.TemporaryDirectory(dir=folder) as sorting:
        buckets = [Path(sorting, str(number)) for number in range(_BUCKETS)]
        with files.scored.open("w", encoding="utf-8") as scored:
            hashes, held_out = _distribute(texts, buckets, files.held_out, scored)
        known = np.fromiter(held_out, np.int64)
        counts = {label: int((~np.isin(hashes[label], known)).sum()) for label in (MATH, OTHER)}
        files.left_out = sum(map(len, hashes.values())) - sum(counts.values())
        quota = {MATH: min(counts[MATH], positives)}
        quota[OTHER] = min(counts[OTHER], round(negatives * quota[MATH] / positives))
        with files.training.open("w", encoding="utf-8") as training:
            for line in (line for bucket in buckets for line in _sorted(bucket)):
                is_held_out = bool(held_out) and hash64(line.text) in held_out
                if not is_held_out and files.trained_on[line.label] < quota[line.label]:
                    files.trained_on[line.label] += 1
                    training.write(f"__label__{line.label} {line.text}\n")
    return files


def _distribute(
    texts: Iterable[Line | HeldOutText],
    buckets: list[Path],
    held_out: list[HeldOutText],
    scored: IO[str],
) -> tuple[dict[str, "array[int]"], set[int]]:
    """Append each line to the bucket of its rank, and held-out texts to `held_out` and `scored`.

    Return the hashes of the lines by label, and those of the held-out texts. Empty texts are left
    out.
    """
    hashes = {label: array("q") for label in (MATH, OTHER)}
    known: set[int] = set()
    with ExitStack() as stack:
        files = [stack.enter_context(bucket.open("w", encoding="utf-8")) for bucket in buckets]
        for text in (text for text in texts if text.text):
            digest = hash64(text.text)
            if isinstance(text, Line):
                hashes[text.label].append(digest)
                number = (text.rank + (1 << 63)) * _BUCKETS >> 64
                files[number].write(f"{text.rank}\t{text.label}\t{text.text}\n")
            elif digest not in known:
                known.add(digest)
                held_out.append(text._replace(text=""))
                scored.write(f"{text.text}\n")
    return hashes, known


def _sorted(bucket: Path) -> list[Line]:
    with bucket.open(encoding="utf-8", newline="\n") as file:
        parts = (line.rstrip("\n").split("\t") for line in file)
        return sorted(Line(int(rank), label, text) for rank, label, text in parts)
