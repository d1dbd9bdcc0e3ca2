"""Score the pages of a shard with the classifier of a round, and write a sidecar."""

import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.utils.shared import Shared

from schemas import shards
from schemas.manifest import Part
from transforms.recall.classifier_text import classifier_text
from transforms.recall.sample import MATH
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, pages
from transforms.storage.shard_writer import ShardWriter, existing_part


@dataclass
class ScoreShards(beam.PTransform):
    """Write `scores/SHARD` of round `number` for every shard.

    `model_digest` is the SHA-256 of the round's classifier.

    In:      names of shards.
    Out:     one Part for each.
    """

    number: int
    model_digest: str
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[Part]:
        work = _Scorer(self.number, self.model_digest, self.tree)
        return names | "Shards" >> MapShards("ScoreShard", work)


@dataclass
class _Scorer:
    """`score_shard` with a classifier that all threads and bundles of a worker process share.

    A model of the paper's size takes 2 GB, so a process holds one at a time; the digest tells
    whether it is the right one.
    """

    number: int
    model_digest: str
    tree: OutputTree
    shared: Shared = field(default_factory=Shared)

    def __call__(self, shard: str) -> Part:
        load = partial(load_classifier, self.number, self.tree)
        model = self.shared.acquire(load, tag=self.model_digest)
        return score_shard(shard, self.number, model, self.tree)


def score_shard(shard: str, number: int, model: Any, tree: OutputTree) -> Part:
    """Write `scores/SHARD` of round `number`: the probability that each page is mathematics."""
    path = in_round(number, "scores", shard)
    if existing := existing_part(shard, [path], tree):
        return existing
    with tree.create(path) as local:
        with ShardWriter(local, shards.SCORE) as scores:
            for batch in tree.read_batches(pages(shard), ["id", "text"]):
                for page_id, text in zip(*(column.to_pylist() for column in batch), strict=True):
                    scores.add((page_id, probability(model, classifier_text(text))))
        return scores.part(shard, path)


def probability(model: Any, line: str) -> float:
    """Return a model's probability that a line is mathematics; 0 if it knows none of its words."""
    # model.predict() fails with numpy 2: it calls np.array(..., copy=False), which now raises.
    predictions = model.f.predict(line + "\n", 2, 0.0, "strict")
    return next((min(p, 1.0) for p, label in predictions if label == f"__label__{MATH}"), 0.0)


def load_classifier(number: int, tree: OutputTree) -> Any:
    """Return the fastText model of round `number`."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder, "classifier.bin")
        local.write_bytes(tree.read(in_round(number, "classifier.bin")))
        return fasttext.load_model(str(local))
