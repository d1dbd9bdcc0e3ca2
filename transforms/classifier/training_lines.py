"""Write the training file of the classifier: lines drawn and ordered by hash."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from schemas.errors import InputError
from schemas.manifest import Output
from transforms.classifier.classifier_text import classifier_text
from transforms.classifier.sample import MATH, OTHER, SEED, Sampling
from transforms.classifier.seed import seed_names, seed_texts
from transforms.storage.output_tree import OutputTree, read_batches

_BUCKETS = 64  # of a bucket sort on disk: memory holds a 64th of the lines


class Line(NamedTuple):
    """A text as the classifier reads it, its label, and its rank in the order of the round."""

    rank: int
    label: str
    text: str


def seed_lines(seeds: Mapping[str, str], sampling: Sampling, tree: OutputTree) -> Iterator[Line]:
    """Yield the drawn seed texts as positives; `seeds` are digests by file.

    Raises InputError for a file that has another digest than when the run began.
    """
    for file, name in seed_names(list(seeds)).items():
        if tree.storage.sha256(file) != seeds[file]:
            raise InputError(f"--seed {file} has changed since the run began: run it again")
        for number, text in enumerate(seed_texts(file, tree.storage)):
            if sampling.draws(SEED, f"{name}\n{number}"):
                yield Line(sampling.rank(f"{name}\n{number}"), MATH, classifier_text(text))


def sample_lines(samples: Iterable[Output], tree: OutputTree) -> Iterator[Line]:
    """Yield the pages that `sample_shard` drew."""
    for sample in samples:
        with tree.open_parquet(sample) as parquet:
            for batch in read_batches(parquet, ["rank", "label", "text"]):
                yield from map(Line._make, zip(*(c.to_pylist() for c in batch), strict=True))


def write_lines(
    lines: Iterable[Line], target: Path, positives: int, negatives: int
) -> Counter[str]:
    """Write fastText's training file in order of rank; return the number of lines of each label.

    The `positives` positives of lowest rank are written. If there are fewer, the number of
    negatives shrinks in proportion.
    """
    with tempfile.TemporaryDirectory() as folder:
        buckets = [Path(folder, str(number)) for number in range(_BUCKETS)]
        counts = _distribute(lines, buckets)
        quota = Counter({MATH: min(counts[MATH], positives)})
        quota[OTHER] = min(counts[OTHER], round(negatives * quota[MATH] / positives))
        written: Counter[str] = Counter()
        with target.open("w", encoding="utf-8") as file:
            for line in (line for bucket in buckets for line in _sorted(bucket)):
                if written[line.label] < quota[line.label]:
                    written[line.label] += 1
                    file.write(f"__label__{line.label} {line.text}\n")
    return written


def _distribute(lines: Iterable[Line], buckets: list[Path]) -> Counter[str]:
    """Append each line to the bucket of its rank; return the number of lines of each label."""
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        files = [stack.enter_context(bucket.open("w", encoding="utf-8")) for bucket in buckets]
        for line in lines:
            if line.text:
                counts[line.label] += 1
                number = (line.rank + (1 << 63)) * _BUCKETS >> 64
                files[number].write(f"{line.rank}\t{line.label}\t{line.text}\n")
    return counts


def _sorted(bucket: Path) -> list[Line]:
    with bucket.open(encoding="utf-8", newline="\n") as file:
        parts = (line.rstrip("\n").split("\t") for line in file)
        return sorted(Line(int(rank), label, text) for rank, label, text in parts)
