"""Score the pages of a shard with the classifier of a round, and write a sidecar."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PCollection
from apache_beam.utils.shared import Shared

from schemas import shards
from schemas.manifest import Part
from transforms.classifier.classifier_text import classifier_text
from transforms.classifier.content_filter import CONTENT_COLUMNS
from transforms.classifier.kept_pages import kept_pages
from transforms.classifier.load_classifier import load_classifier
from transforms.classifier.probability import probability
from transforms.recall.collection import Collection, collectable
from transforms.recall.cutoff import Histogram, histogram
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, read_batches
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part


@dataclass(frozen=True)
class ScoredShard:
    """The Part of a shard's scores, and the tokens of its collectable pages by bin of score."""

    part: Part
    histogram: Histogram


@dataclass
class ScoreShards(beam.PTransform):
    """Write `scores/SHARD` of a round for every shard.

    `classifier`, the Part of the round's classifier, is a side input.

    In:      shards.
    Out:     one ScoredShard for each.
    """

    collection: Collection
    classifier: AsSingleton
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[ScoredShard]:
        work = _Scorer(self.collection, self.tree)
        return items | "Shards" >> MapShards("ScoreShard", work, (self.classifier,))


@dataclass
class _Scorer:
    """`score_shard` with a classifier that all threads and bundles of a worker process share.

    A model of the paper's size takes 2 GB, so a process holds one at a time; the digest tells
    whether it is the right one.
    """

    collection: Collection
    tree: OutputTree
    shared: Shared = field(default_factory=Shared)

    def __call__(self, shard: Shard, classifier: Part) -> ScoredShard:
        file = classifier.outputs[0]
        model = self.shared.acquire(partial(load_classifier, file, self.tree), tag=file.sha256)
        return score_shard(shard, model, file.sha256, self.collection, self.tree)


def score_shard(
    shard: Shard, model: Any, model_digest: str, collection: Collection, tree: OutputTree
) -> ScoredShard:
    """Write `scores/SHARD`: the probability that each page is mathematics, null for copies.

    An existing file is kept if it has the scores of this model. `count_eligible` has verified the
    shard in the same job.
    """
    path = in_round(collection.number, "scores", shard.name)
    with tree.open_parquet(shard.file("pages"), is_verified=True) as parquet:
        rows = parquet.read(["id", "url", *CONTENT_COLUMNS])
        kept = kept_pages(rows, shard, tree)
        part = existing_part(shard.name, [path], tree, model_digest)
        if part is None:
            with tree.create(path) as local:
                with ShardWriter(local, shards.SCORE, model_digest) as scores:
                    is_kept = iter(kept.tolist())
                    for batch in read_batches(parquet, ["id", "text"]):
                        columns = (column.to_pylist() for column in batch)
                        for page_id, text in zip(*columns, strict=True):
                            line = classifier_text(text) if next(is_kept) else None
                            score = None if line is None else probability(model, line)
                            scores.add((page_id, score))
                part = scores.part(shard.name, path)
    scored = tree.read_sidecar(rows, part.outputs[0], "score").to_numpy()
    mask = collectable(rows, collection) & kept
    return ScoredShard(part, histogram(scored[mask], rows.column("tokens").to_numpy()[mask]))
