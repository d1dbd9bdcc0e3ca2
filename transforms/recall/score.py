"""Score the pages of a shard with a round's classifier, into a sidecar."""

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from schemas import shards
from schemas.manifest import Part
from transforms.recall.classifier_text import classifier_text
from transforms.recall.sample import MATH
from transforms.storage.output_tree import OutputTree, in_round, pages
from transforms.storage.shard_writer import ShardWriter, standing_part


def score_shard(shard: str, number: int, model_digest: str, tree: OutputTree) -> Part:
    """Write `scores/SHARD` of round `number`: the probability of mathematics, page by page.

    `model_digest` is the SHA-256 of the round's classifier: a worker keeps one model, and knows by
    it that it has the right one.
    """
    path = in_round(number, "scores", shard)
    if standing := standing_part(shard, [path], tree):
        return standing
    model = _load(number, model_digest, tree)
    with tree.create(path) as local:
        with ShardWriter(local, shards.SCORE) as scores:
            for batch in tree.read_batches(pages(shard), ["id", "text"]):
                for page, text in zip(*(column.to_pylist() for column in batch), strict=True):
                    scores.add((page, probability(model, classifier_text(text))))
        return scores.part(shard, path)


def probability(model: Any, line: str) -> float:
    """Return what a fastText model makes of a line, from 0 to 1; 0 where it knows no word of it."""
    # model.predict() fails with numpy 2: fastText wraps its result in a way that is gone.
    found = model.f.predict(line + "\n", 2, 0.0, "strict")
    return next((min(p, 1.0) for p, label in found if label == f"__label__{MATH}"), 0.0)


@lru_cache(maxsize=1)  # a model of the paper's size takes 2 GB
def _load(number: int, model_digest: str, tree: OutputTree) -> Any:
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder, "classifier.bin")
        local.write_bytes(tree.read(in_round(number, "classifier.bin")))
        return fasttext.load_model(str(local))
